package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceSourceTest {
    @TempDir
    Path folder;

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(ISO_8859_1));
        }
        return bytes.toByteArray();
    }

    private static byte[] twoMembers() throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(gzip(Recorded.line("kfree: ptr=1")));
        both.write(gzip(Recorded.line("kfree: ptr=2")));
        return both.toByteArray();
    }

    /** A pipe into which nobody has written yet when it is asked. */
    private static InputStream pipe(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] into, int from, int length) {
                return super.read(into, from, Math.min(length, 7));
            }

            @Override
            public int available() {
                return 0;
            }
        };
    }

    @Test
    void gzipIsKnownByItsFirstBytes() throws Exception {
        Path file = Files.write(folder.resolve("trace"), gzip(Recorded.line("kfree: ptr=1")));

        try (TraceSource source = TraceSource.open(file.toString(), InputStream.nullInputStream())) {
            assertThat(Recorded.of(source).events()).hasSize(1);
            assertThat(source.bytesRead()).isEqualTo(source.bytes()).isEqualTo(Files.size(file));
        }
    }

    @Test
    void membersAreReadOneAfterTheOther() throws Exception {
        assertThat(Recorded.of(twoMembers()).events()).hasSize(2);
        assertThat(Recorded.of(pipe(twoMembers())).events()).hasSize(2);
    }

    @Test
    void standardInputIsRead() throws Exception {
        try (TraceSource source = TraceSource.open("-", pipe(gzip(Recorded.line("kfree: ptr=1"))))) {
            assertThat(source.bytes()).isEqualTo(TraceSource.UNKNOWN);
            assertThat(Recorded.of(source).summary().source()).isEqualTo("standard input");
        }
    }

    @Test
    void aTruncatedGzipEndsInASentence() throws Exception {
        byte[] whole = gzip(Recorded.line("kfree: ptr=1").repeat(1000));

        for (int length = 3; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Recorded.of(part))
                    .isInstanceOf(TraceFormatException.class)
                    .hasMessageMatching("sample, line \\d+: the compressed data ends in the middle");
        }
    }

    @Test
    void aDamagedGzipEndsInASentence() throws Exception {
        byte[] damaged = gzip(Recorded.line("kfree: ptr=1").repeat(1000));
        Arrays.fill(damaged, 12, damaged.length, (byte) 0xff);

        assertThatThrownBy(() -> Recorded.of(damaged))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage("sample, line 1: the compressed data is damaged");
    }

    @Test
    void whatIsNoFileIsSaid() {
        assertThatThrownBy(() -> TraceSource.open(folder.toString(), InputStream.nullInputStream()))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage(folder + ": this is a directory, no trace");
        String missing = folder.resolve("none").toString();
        assertThatThrownBy(() -> TraceSource.open(missing, InputStream.nullInputStream()))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage(missing + ": there is no such file");
        assertThatThrownBy(() -> TraceSource.open("a\0b", InputStream.nullInputStream()))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage("a?b: this is no name of a file");
    }

    @ParameterizedTest
    @CsvSource({
        "PERFILE2xx, perf script",
        "'\u0017\bDtracing6', trace-cmd report",
        "'\u00fd7zXZ', xz",
        "'(\u00b5/\u00fd', zstd",
        "BZh9, bzip2",
        "'PK\u0003\u0004', zip"
    })
    void otherFormatsAreNamed(String start, String word) {
        assertThatThrownBy(() -> Recorded.ofText(start))
                .isInstanceOf(TraceFormatException.class)
                .hasMessageContaining(word);
    }

    @Test
    void aReadErrorEndsInASentence() {
        InputStream broken = new InputStream() {
            private int read;

            @Override
            public int read() throws IOException {
                if (read++ < 100) {
                    return 'a';
                }
                throw new IOException("the disk is on fire");
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                into[from] = (byte) read();
                return 1;
            }
        };
        assertThatThrownBy(() -> Recorded.of(broken))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage("sample, line 1: it cannot be read on (the disk is on fire)");
    }
}
