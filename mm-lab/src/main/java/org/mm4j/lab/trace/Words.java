package org.mm4j.lab.trace;

import java.nio.charset.StandardCharsets;

/** Words within a line of bytes. */
final class Words {
    private static final int SHOWN_MAX = 60;

    private Words() {}

    /** A word as text; bytes outside printable ASCII become {@code ?}, and what is too long is cut. */
    static String text(byte[] bytes, int from, int to) {
        int shown = Math.min(to - from, SHOWN_MAX * 8);
        byte[] printable = new byte[shown];
        for (int at = 0; at < shown; at++) {
            byte b = bytes[from + at];
            printable[at] = b > ' ' - 1 && b < 0x7f ? b : (byte) '?';
        }
        return new String(printable, StandardCharsets.US_ASCII);
    }

    /** {@link #text}, short enough for a message. */
    static String shown(byte[] bytes, int from, int to) {
        String text = text(bytes, from, Math.min(to, from + SHOWN_MAX));
        return to - from > SHOWN_MAX ? text + "..." : text;
    }

    static boolean startsWith(byte[] bytes, int from, int to, byte[] word) {
        if (to - from < word.length) {
            return false;
        }
        for (int at = 0; at < word.length; at++) {
            if (bytes[from + at] != word[at]) {
                return false;
            }
        }
        return true;
    }

    /** The first byte at or after {@code from} that is no blank. */
    static int skipBlanks(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && isBlank(bytes[at])) {
            at++;
        }
        return at;
    }

    /** The first blank at or after {@code from}. */
    static int wordEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && !isBlank(bytes[at])) {
            at++;
        }
        return at;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
