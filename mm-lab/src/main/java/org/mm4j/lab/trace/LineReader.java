package org.mm4j.lab.trace;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/** The lines of a stream, one at a time and in place: bytes {@link #from} to {@link #to} of {@link #bytes}. */
final class LineReader {
    /** The longest line that is read; a trace's own lines end below 1000 bytes. */
    static final int LINE_MAX = 1 << 16;

    private static final int BUFFER_BYTES = 4 * LINE_MAX;

    /** Holds the line, until the next one is read. */
    final byte[] bytes = new byte[BUFFER_BYTES];

    private final String source;
    private final InputStream in;
    private int from;
    private int to;
    private int next;
    private int filled;
    private long number;
    private boolean atEnd;

    LineReader(String source, InputStream in) {
        this.source = source;
        this.in = in;
    }

    /** Goes to the next line, or returns false when there is none. */
    boolean next() throws IOException {
        from = next;
        int at = from;
        while (true) {
            for (; at < filled; at++) {
                if (bytes[at] == '\n') {
                    return line(at, at + 1);
                }
            }
            if (at - from > LINE_MAX) {
                return line(at, at);
            }
            if (atEnd) {
                return at > from && line(at, at);
            }
            at -= makeRoom();
            fill();
        }
    }

    /** The first byte of the line. */
    int from() {
        return from;
    }

    /** The byte after the last one of the line. */
    int to() {
        return to;
    }

    /** Which line this is, counted from 1. */
    long number() {
        return number;
    }

    /** The exception that says what is wrong with this line. */
    TraceFormatException malformed(String what) {
        boolean cutOff = atEnd && next == to && to == filled;
        return new TraceFormatException(source, number, cutOff ? what + " (the trace is cut off here)" : what);
    }

    /** Whether the line holds bytes that no text has. */
    boolean isBinary() {
        for (int at = from; at < to; at++) {
            if (bytes[at] >= 0 && bytes[at] < ' ' && bytes[at] != '\t') {
                return true;
            }
        }
        return false;
    }

    private boolean line(int end, int nextFrom) throws TraceFormatException {
        number++;
        to = end > from && bytes[end - 1] == '\r' ? end - 1 : end;
        next = nextFrom;
        if (to - from > LINE_MAX) {
            throw malformed(
                    isBinary() ? "this is binary data, no text" : "the line has more than " + LINE_MAX + " bytes");
        }
        return true;
    }

    /** Moves the line to the front of a full buffer; returns by how much. */
    private int makeRoom() {
        if (filled < bytes.length) {
            return 0;
        }
        int moved = from;
        System.arraycopy(bytes, from, bytes, 0, filled - from);
        filled -= moved;
        from = 0;
        return moved;
    }

    private void fill() throws IOException {
        try {
            int read = in.read(bytes, filled, bytes.length - filled);
            atEnd = read < 0;
            filled += Math.max(read, 0);
        } catch (EOFException e) {
            throw broken("the compressed data ends in the middle", e);
        } catch (ZipException e) {
            throw broken("the compressed data is damaged", e);
        } catch (TraceFormatException e) {
            throw e;
        } catch (IOException e) {
            throw broken("it cannot be read on (" + e.getMessage() + ")", e);
        }
    }

    private TraceFormatException broken(String what, IOException cause) {
        TraceFormatException broken = new TraceFormatException(source, number + 1, what);
        broken.initCause(cause);
        return broken;
    }
}
