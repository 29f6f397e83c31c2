package org.mm4j.lab.trace;

/**
 * The fields of a line, {@code key=value} in the order in which the kernel prints them: each call looks for its key from
 * where the last one ended.
 */
final class Fields {
    private static final String NO_NUMBER = " is no number";

    private final LineReader line;
    private final byte[] bytes;
    private int at;
    private int to;
    private int valueFrom;

    Fields(LineReader line) {
        this.line = line;
        this.bytes = line.bytes;
    }

    /** Begins with the fields of the current line, at byte {@code from}. */
    void begin(int from) {
        at = from;
        to = line.to();
    }

    /** Whether there is such a field further on. */
    boolean has(FieldKey key) {
        return find(key) >= 0;
    }

    /** A number of 0 to {@code max}, decimal or, after 0x, hexadecimal. */
    long number(FieldKey key, long max) throws TraceFormatException {
        seek(key);
        long number = isHex(valueFrom) ? hex(key, valueFrom + 2) : decimal(key, valueFrom);
        if (Long.compareUnsigned(number, max) > 0) {
            throw malformed(key, " is more than " + Long.toUnsignedString(max));
        }
        return number;
    }

    /** A number of 64 bits without sign. */
    long word(FieldKey key) throws TraceFormatException {
        return number(key, -1L);
    }

    /** An address, hexadecimal with or without 0x; none is 0. */
    long pointer(FieldKey key) throws TraceFormatException {
        seek(key);
        if (bytes[valueFrom] == '(') {
            return noPointer(key);
        }
        return hex(key, isHex(valueFrom) ? valueFrom + 2 : valueFrom);
    }

    /** The value that {@code words} has for the text of this field. */
    <V> V value(FieldKey key, Interned<V> words) throws TraceFormatException {
        seek(key);
        return words.get(bytes, valueFrom, at);
    }

    /** The exception that says what is wrong with the value of the field that was read last. */
    TraceFormatException malformed(FieldKey key, String what) {
        return line.malformed(key + Words.shown(bytes, valueFrom, at) + what);
    }

    /** Puts the value of the field between {@code valueFrom} and {@code at}. */
    private void seek(FieldKey key) throws TraceFormatException {
        int found = find(key);
        if (found < 0) {
            throw line.malformed("the field " + key + " is missing");
        }
        valueFrom = found;
        at = Words.wordEnd(bytes, found, to);
        if (at == valueFrom) {
            throw line.malformed("the field " + key + " has no value");
        }
    }

    private int find(FieldKey key) {
        int word = Words.skipBlanks(bytes, at, to);
        while (word < to) {
            if (key.isAt(bytes, word, to)) {
                return word + key.length();
            }
            word = Words.skipBlanks(bytes, Words.wordEnd(bytes, word, to), to);
        }
        return -1;
    }

    private boolean isHex(int from) {
        return at - from > 2 && bytes[from] == '0' && bytes[from + 1] == 'x';
    }

    private long hex(FieldKey key, int from) throws TraceFormatException {
        long number = 0;
        for (int digit = from; digit < at; digit++) {
            int value = Character.digit(bytes[digit], 16);
            if (value < 0) {
                throw malformed(key, NO_NUMBER);
            }
            if (number >>> 60 != 0) {
                throw malformed(key, " has more than 64 bits");
            }
            number = number << 4 | value;
        }
        return number;
    }

    private long decimal(FieldKey key, int from) throws TraceFormatException {
        long number = 0;
        for (int digit = from; digit < at; digit++) {
            int value = bytes[digit] - '0';
            if (value < 0 || value > 9) {
                throw malformed(key, bytes[from] == '-' ? " is negative" : NO_NUMBER);
            }
            if (Long.compareUnsigned(number, Long.divideUnsigned(-1L - value, 10)) > 0) {
                throw malformed(key, " has more than 64 bits");
            }
            number = 10 * number + value;
        }
        return number;
    }

    /** C libraries print a null pointer as {@code (nil)}, kernels printed it as {@code (null)}. */
    private long noPointer(FieldKey key) throws TraceFormatException {
        String text = Words.text(bytes, valueFrom, at);
        if (!text.equals("(nil)") && !text.equals("(null)")) {
            throw malformed(key, " is no address");
        }
        return 0;
    }
}
