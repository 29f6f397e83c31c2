package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Lines that are no events, but belong to a trace. */
final class OtherLine {
    /** What {@link #lostEvents} returns for a line that is no such line. */
    static final int NONE = -1;

    private static final byte[] CPU_COLON = "CPU:".getBytes(US_ASCII);
    private static final byte[] CPU_BLANK = "CPU ".getBytes(US_ASCII);
    private static final byte[] CPUS = "cpus=".getBytes(US_ASCII);
    private static final byte[] VERSION = "version =".getBytes(US_ASCII);
    private static final byte[] ARROW = "=>".getBytes(US_ASCII);
    private static final byte[] STACK = "<stack trace".getBytes(US_ASCII);
    private static final int ADDRESS_DIGITS_MIN = 4;
    private static final long LOST_MAX = 1_000_000_000_000L;

    private OtherLine() {}

    /** A comment or nothing at all. */
    static boolean isBlankOrComment(byte[] bytes, int from, int to) {
        return from == to || bytes[from] == '#' || Words.skipBlanks(bytes, from, to) == to;
    }

    /** A header of trace-cmd, or a line of a call stack. */
    static boolean isNoise(byte[] bytes, int from, int to) {
        int word = Words.skipBlanks(bytes, from, to);
        return Words.startsWith(bytes, word, to, CPUS)
                || Words.startsWith(bytes, word, to, CPU_BLANK)
                || Words.startsWith(bytes, word, to, VERSION)
                || Words.startsWith(bytes, word, to, ARROW)
                || Words.startsWith(bytes, word, to, STACK)
                || isStackFrame(bytes, word, from, to);
    }

    /** How many events a line {@code CPU:1 [LOST 12 EVENTS]} or {@code CPU:1 [12 EVENTS DROPPED]} tells of, or {@link #NONE}. */
    static long lostEvents(byte[] bytes, int from, int to) {
        if (!Words.startsWith(bytes, from, to, CPU_COLON)) {
            return NONE;
        }
        String line = Words.text(bytes, from, to);
        int open = line.indexOf('[');
        if (open < 0 || !(line.contains("LOST") || line.contains("DROPPED"))) {
            return NONE;
        }
        String digits = line.substring(open).replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 12 ? 1 : Math.min(Long.parseLong(digits), LOST_MAX);
    }

    /** {@code perf script} prints call stacks as indented addresses with names. */
    private static boolean isStackFrame(byte[] bytes, int word, int from, int to) {
        int end = Words.wordEnd(bytes, word, to);
        for (int at = word; at < end; at++) {
            if (Character.digit(bytes[at], 16) < 0) {
                return false;
            }
        }
        return word > from && end - word >= ADDRESS_DIGITS_MIN && end < to;
    }
}
