package org.mm4j.lab.trace;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Where a trace comes from: a file, standard input, or a recording that came along. Compressed by gzip, or not, or recorded by
 * Java's flight recorder.
 */
public final class TraceSource implements AutoCloseable {
    /** The file name that means standard input. */
    public static final String STANDARD_INPUT = "-";

    /** What {@link #bytes} returns when the size is not known. */
    public static final long UNKNOWN = -1;

    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final long bytes;
    private final CountingStream raw;
    private final InputStream text;

    private TraceSource(String name, long bytes, InputStream in) throws IOException {
        this.name = name;
        this.bytes = bytes;
        this.raw = new CountingStream(in);
        this.text = textOf(name, new BufferedInputStream(raw, BUFFER_BYTES));
    }

    /**
     * Opens a file, or {@code standardInput} for {@link #STANDARD_INPUT}.
     *
     * @throws TraceFormatException when there is no such file, or it holds no text
     */
    public static TraceSource open(String file, InputStream standardInput) throws IOException {
        if (file.equals(STANDARD_INPUT)) {
            return new TraceSource("standard input", UNKNOWN, standardInput);
        }
        Path path = path(file);
        try {
            InputStream in = Files.newInputStream(path);
            return closingOnFailure(file, Files.isRegularFile(path) ? Files.size(path) : UNKNOWN, in);
        } catch (TraceFormatException e) {
            throw e;
        } catch (IOException e) {
            TraceFormatException unreadable = new TraceFormatException(file, "this file cannot be read");
            unreadable.initCause(e);
            throw unreadable;
        }
    }

    /** A trace of the given name and size that is read from {@code in}. */
    public static TraceSource of(String name, long bytes, InputStream in) throws IOException {
        return closingOnFailure(name, bytes, in);
    }

    /** How messages call the source. */
    public String name() {
        return name;
    }

    /** The size in bytes, compressed if it is, or {@link #UNKNOWN}. */
    public long bytes() {
        return bytes;
    }

    /** How many of these bytes were read so far. */
    public long bytesRead() {
        return raw.count;
    }

    /** The text. */
    InputStream stream() {
        return text;
    }

    @Override
    public void close() throws IOException {
        text.close();
    }

    private static TraceSource closingOnFailure(String name, long bytes, InputStream in) throws IOException {
        try {
            return new TraceSource(name, bytes, in);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private static Path path(String file) throws TraceFormatException {
        try {
            Path path = Path.of(file);
            if (Files.isDirectory(path)) {
                throw new TraceFormatException(file, "this is a directory, no trace");
            }
            if (!Files.exists(path)) {
                throw new TraceFormatException(file, "there is no such file");
            }
            return path;
        } catch (InvalidPathException e) {
            byte[] name = file.getBytes(StandardCharsets.US_ASCII);
            throw new TraceFormatException(Words.text(name, 0, name.length), "this is no name of a file");
        }
    }

    private static InputStream textOf(String name, BufferedInputStream in) throws IOException {
        FileKind kind = FileKind.of(in);
        if (kind == FileKind.TEXT) {
            return in;
        }
        if (kind == FileKind.JFR) {
            return recordingOf(name, in);
        }
        if (kind != FileKind.GZIP) {
            throw new TraceFormatException(name, kind.advice());
        }
        try {
            return new GZIPInputStream(new MembersStream(in), BUFFER_BYTES);
        } catch (IOException e) {
            TraceFormatException broken = new TraceFormatException(name, 1, "the compressed data ends in the middle");
            broken.initCause(e);
            throw broken;
        }
    }

    private static InputStream recordingOf(String name, InputStream in) throws IOException {
        try {
            return FlightRecording.textOf(in);
        } catch (IOException e) {
            TraceFormatException broken = new TraceFormatException(name, "this recording cannot be read");
            broken.initCause(e);
            throw broken;
        }
    }

    /** Counts the bytes that pass. */
    private static final class CountingStream extends FilterInputStream {
        private volatile long count;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            add(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int read = super.read(into, from, length);
            add(Math.max(read, 0));
            return read;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others may look
        private void add(int read) {
            count += read;
        }
    }

    /**
     * Says truly whether there is a next byte, and waits for it. The gzip reader asks before it looks for another member
     * of the file, and would take a pipe that has nothing at the moment for the end.
     */
    private static final class MembersStream extends FilterInputStream {
        MembersStream(BufferedInputStream in) {
            super(in);
        }

        @Override
        public int available() throws IOException {
            in.mark(1);
            int next = in.read();
            in.reset();
            return next < 0 ? 0 : Math.max(in.available(), 1);
        }
    }
}
