package org.mm4j.percpu;

/**
 * A row of bits, with searches that stop at a bound. Not thread-safe.
 *
 * <p>In Linux 6.18: lib/bitmap.c, lib/find_bit.c. {@link java.util.BitSet} searches to its end, which is up to a chunk
 * away where a block is asked about.
 */
final class Bitmap {
    private final long[] words;

    /** A row of {@code bits} clear bits. */
    Bitmap(int bits) {
        words = new long[(bits + Long.SIZE - 1) / Long.SIZE];
    }

    boolean get(int bit) {
        return (words[bit >>> 6] >>> bit & 1) != 0;
    }

    void set(int bit) {
        words[bit >>> 6] |= 1L << bit;
    }

    /** Sets the bits from {@code from} to {@code end} − 1. */
    void set(int from, int end) {
        for (int at = from; at < end; at = wordEnd(at)) {
            words[at >>> 6] |= mask(at, end);
        }
    }

    /** Clears the bits from {@code from} to {@code end} − 1. */
    void clear(int from, int end) {
        for (int at = from; at < end; at = wordEnd(at)) {
            words[at >>> 6] &= ~mask(at, end);
        }
    }

    /** How many bits from {@code from} to {@code end} − 1 are set. */
    int count(int from, int end) {
        int count = 0;
        for (int at = from; at < end; at = wordEnd(at)) {
            count += Long.bitCount(words[at >>> 6] & mask(at, end));
        }
        return count;
    }

    /** The first set bit from {@code from} on; {@code end} when there is none before it. */
    int nextSet(int from, int end) {
        return next(from, end, 0);
    }

    /** The first clear bit from {@code from} on; {@code end} when there is none before it. */
    int nextClear(int from, int end) {
        return next(from, end, -1L);
    }

    /** The last set bit before {@code end}; {@code from} − 1 when there is none from {@code from} on. */
    int lastSet(int from, int end) {
        if (from >= end) {
            return from - 1;
        }
        int word = (end - 1) >>> 6;
        long found = words[word] & mask(word << 6, end);
        while (found == 0 && word << 6 > from) {
            found = words[--word];
        }
        int last = (word << 6) + Long.SIZE - 1 - Long.numberOfLeadingZeros(found);
        return Math.max(from - 1, last);
    }

    private int next(int from, int end, long flip) {
        if (from >= end) {
            return end;
        }
        int word = from >>> 6;
        long found = (words[word] ^ flip) & -1L << from;
        while (found == 0) {
            word++;
            if (word << 6 >= end) {
                return end;
            }
            found = words[word] ^ flip;
        }
        return Math.min(end, (word << 6) + Long.numberOfTrailingZeros(found));
    }

    /** Where the word that holds a bit ends. */
    private static int wordEnd(int bit) {
        return (bit | (Long.SIZE - 1)) + 1;
    }

    /** The bits of the word of {@code from} that lie in the range. */
    private static long mask(int from, int end) {
        long below = end >= wordEnd(from) ? -1L : (1L << end) - 1;
        return below & -1L << from;
    }
}
