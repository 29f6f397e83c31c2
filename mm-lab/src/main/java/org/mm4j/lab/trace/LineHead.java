package org.mm4j.lab.trace;

/**
 * The head of a line: which CPU, when, and the event's name. It looks like one of
 *
 * <pre>
 *   task-12    [001] d..3.   487.205280: mm_page_free: page=…         ftrace
 *   task-12  (   12) [001] d..3.   487.205280: mm_page_free: page=…   ftrace with the process number
 *   task-12 [001]   487.205280: mm_page_free:      page=…             trace-cmd report
 *   task 12 [001]   487.205280:   kmem:mm_page_free: page=…           perf script
 * </pre>
 *
 * A task's name can hold anything, a head's look too. It has 15 bytes at the most, though, which is too short for
 * {@code -1 [0] 1.123456: x:}. So the head is found by its bracket, and the first one that fits in full is the right one.
 */
final class LineHead {
    private static final int CPU_DIGITS_MAX = 5;
    private static final int SECONDS_DIGITS_MAX = 9;
    private static final int FRACTION_DIGITS_MIN = 6;
    private static final int FRACTION_DIGITS_MAX = 9;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private int cpu;
    private long nanos;
    private int nameFrom;
    private int nameTo;
    private int at;

    /** Finds the head of a line; false when the line has none. */
    boolean find(byte[] bytes, int from, int to) {
        int nameless = -1;
        for (int open = from; open < to; open++) {
            if (bytes[open] == '[' && isAfterPid(bytes, from, open) && readFrom(bytes, open + 1, to)) {
                if (nameTo > nameFrom) {
                    return true;
                }
                nameless = nameless < 0 ? open : nameless;
            }
        }
        return nameless >= 0 && readFrom(bytes, nameless + 1, to);
    }

    int cpu() {
        return cpu;
    }

    long nanos() {
        return nanos;
    }

    /** Where the event's name begins, without its subsystem. */
    int nameFrom() {
        return nameFrom;
    }

    /** Where the event's name ends. It is empty for lines that are no events, those of the function tracer for instance. */
    int nameTo() {
        return nameTo;
    }

    /** Where the fields begin. */
    int fieldsFrom() {
        return at;
    }

    /** Whether a process number, and perhaps another one in round brackets, stands before the square bracket. */
    private static boolean isAfterPid(byte[] bytes, int from, int open) {
        int last = skipBlanksBack(bytes, from, open - 1);
        if (last == open - 1) {
            return false;
        }
        if (last >= from && bytes[last] == ')') {
            while (last >= from && bytes[last] != '(') {
                last--;
            }
            last = skipBlanksBack(bytes, from, last - 1);
        }
        return last >= from && Words.isDigit(bytes[last]);
    }

    private static int skipBlanksBack(byte[] bytes, int from, int last) {
        int at = last;
        while (at >= from && Words.isBlank(bytes[at])) {
            at--;
        }
        return at;
    }

    /** Reads everything behind the opening bracket. */
    private boolean readFrom(byte[] bytes, int from, int to) {
        at = from;
        if (!readCpu(bytes, to)) {
            return false;
        }
        at = Words.skipBlanks(bytes, at, to);
        int word = at;
        if (!readTime(bytes, to)) {
            at = Words.skipBlanks(bytes, Words.wordEnd(bytes, word, to), to);
            if (!readTime(bytes, to)) {
                return false;
            }
        }
        readName(bytes, to);
        return true;
    }

    private boolean readCpu(byte[] bytes, int to) {
        int number = 0;
        int from = at;
        for (; at < to && Words.isDigit(bytes[at]) && at - from < CPU_DIGITS_MAX; at++) {
            number = 10 * number + (bytes[at] - '0');
        }
        if (at == from || at == to || bytes[at] != ']') {
            return false;
        }
        at++;
        cpu = number;
        return true;
    }

    /** {@code 487.205280:}, with six to nine digits of fraction. */
    private boolean readTime(byte[] bytes, int to) {
        int from = at;
        long seconds = digits(bytes, to, SECONDS_DIGITS_MAX);
        if (at == from || at == to || bytes[at] != '.') {
            return false;
        }
        at++;
        int fractionFrom = at;
        long fraction = digits(bytes, to, FRACTION_DIGITS_MAX);
        int length = at - fractionFrom;
        if (length < FRACTION_DIGITS_MIN || at == to || bytes[at] != ':') {
            return false;
        }
        for (int digit = length; digit < FRACTION_DIGITS_MAX; digit++) {
            fraction *= 10;
        }
        at++;
        nanos = seconds * NANOS_PER_SECOND + fraction;
        return true;
    }

    private long digits(byte[] bytes, int to, int max) {
        long number = 0;
        int from = at;
        for (; at < to && Words.isDigit(bytes[at]) && at - from < max; at++) {
            number = 10 * number + (bytes[at] - '0');
        }
        return number;
    }

    private void readName(byte[] bytes, int to) {
        int from = Words.skipBlanks(bytes, at, to);
        int end = Words.wordEnd(bytes, from, to);
        nameFrom = from;
        nameTo = from;
        at = end;
        if (end - from < 2 || bytes[end - 1] != ':') {
            return;
        }
        nameTo = end - 1;
        for (int colon = from; colon < nameTo; colon++) {
            nameFrom = bytes[colon] == ':' ? colon + 1 : nameFrom;
        }
    }
}
