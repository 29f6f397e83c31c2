package org.mm4j.lab.trace;

import java.io.IOException;

/** A trace that cannot be read. The message is one sentence that names the source, the line, and what is wrong. */
public final class TraceFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** A sentence about a whole source. */
    public TraceFormatException(String source, String what) {
        super(source + ": " + what);
    }

    /** A sentence about one line, counted from 1. */
    public TraceFormatException(String source, long line, String what) {
        super(source + ", line " + line + ": " + what);
    }
}
