package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;

/** What a file is, by its first bytes. */
enum FileKind {
    GZIP("\u001f\u008b", "this is compressed by gzip"),
    JFR("FLR\0", "this is what Java's flight recorder recorded"),
    PERF_DATA("PERFILE2", "this is what perf recorded: pass on what \"perf script\" prints of it"),
    TRACE_DAT("\u0017\bDtracing", "this is what trace-cmd recorded: pass on what \"trace-cmd report\" prints of it"),
    XZ("\u00fd7zXZ", "this is compressed by xz: decompress it first, or use gzip"),
    ZSTD("(\u00b5/\u00fd", "this is compressed by zstd: decompress it first, or use gzip"),
    BZIP2("BZh", "this is compressed by bzip2: decompress it first, or use gzip"),
    ZIP("PK\u0003\u0004", "this is a zip archive: unpack it first, or use gzip"),
    TEXT("", "this is text");

    private static final int MAGIC_BYTES_MAX = 10;

    /** The first bytes, one a character. */
    private final String magic;

    private final String advice;

    FileKind(String magic, String advice) {
        this.magic = magic;
        this.advice = advice;
    }

    /** Looks at the first bytes of a stream, and leaves them in it. */
    static FileKind of(BufferedInputStream in) throws IOException {
        in.mark(MAGIC_BYTES_MAX);
        String start = new String(in.readNBytes(MAGIC_BYTES_MAX), ISO_8859_1);
        in.reset();
        for (FileKind kind : values()) {
            if (start.startsWith(kind.magic)) {
                return kind;
            }
        }
        return TEXT;
    }

    /** What is to be done with such a file. */
    String advice() {
        return advice;
    }
}
