package org.mm4j.kernel.pools;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A row of bits that threads set and clear in runs, without a lock: word by word, each by a compare-and-set that
 * refuses what is not as expected.
 *
 * <pre>
 *      word 0                word 1                word 2
 *    ......................++++++++++++++++++++++++++++............      set: two words whole or in part, in order
 *                                              |
 *                                              bit found set here: the words before are cleared again
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>B1: whoever has set a run, and nobody else, has its bits until it clears them,
 * <li>B2: a run that could not be set whole leaves no bit behind; meanwhile others may take its bits for taken,
 * <li>B3: whoever sets a bit sees everything that was written before it was cleared.
 * </ul>
 *
 * <p>In Linux 6.18: lib/genalloc.c, set_bits_ll(), clear_bits_ll(), bitmap_set_ll(), bitmap_clear_ll(); the searches are
 * those of lib/find_bit.c and lib/bitmap.c. Differs: a run that is not all set is not cleared at all.
 */
class AtomicBits {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;
    private final int bits;

    /** Clear bits. */
    AtomicBits(int bits) {
        this.bits = bits;
        words = new long[(bits + Long.SIZE - 1) >>> 6];
    }

    int bits() {
        return bits;
    }

    /** Sets the bits from {@code from} to {@code end} − 1; false when one of them is set already, and nothing changes. */
    final boolean trySet(int from, int end) {
        for (int at = from; at < end; at = wordEnd(at)) {
            if (!trySetWord(at >>> 6, mask(at, end))) {
                clearWords(from, at);
                return false;
            }
        }
        return true;
    }

    boolean trySetWord(int index, long mask) {
        while (true) {
            long word = wordOpaque(index);
            if ((word & mask) != 0) {
                return false;
            }
            if (casWord(index, word, word | mask)) { // [gen-pool.A1] pairs with [gen-pool.R1]
                return true;
            }
        }
    }

    /** Clears the bits from {@code from} to {@code end} − 1; false when one of them is clear already. */
    final boolean tryClear(int from, int end) {
        if (nextClear(from, end) < end) {
            return false;
        }
        for (int at = from; at < end; at = wordEnd(at)) {
            if (!tryClearWord(at >>> 6, mask(at, end))) {
                restore(from, at);
                return false;
            }
        }
        return true;
    }

    boolean tryClearWord(int index, long mask) {
        while (true) {
            long word = wordOpaque(index);
            if ((word & mask) != mask) {
                return false;
            }
            if (casWord(index, word, word & ~mask)) { // [gen-pool.R1] what the last owner wrote, to the next one
                return true;
            }
        }
    }

    /** Clears a run that the caller has set itself. */
    private void clearWords(int from, int end) {
        for (int at = from; at < end; at = wordEnd(at)) {
            boolean isCleared = tryClearWord(at >>> 6, mask(at, end));
            assert isCleared : "bits that this thread has set were cleared by another";
        }
    }

    /** Sets again what a clear in vain has cleared: somebody else clears a part of the same run at this moment. */
    private void restore(int from, int end) {
        for (int at = from; at < end; at = wordEnd(at)) {
            WORD.getAndBitwiseOr(words, at >>> 6, mask(at, end));
        }
    }

    /** The first clear bit from {@code from} on, or {@code end}. Racy. */
    final int nextClear(int from, int end) {
        return next(from, end, -1L);
    }

    /** The first set bit from {@code from} on, or {@code end}. Racy. */
    final int nextSet(int from, int end) {
        return next(from, end, 0);
    }

    private int next(int from, int end, long flip) {
        for (int at = from; at < end; at = wordEnd(at)) {
            long found = (wordOpaque(at >>> 6) ^ flip) & mask(at, end);
            if (found != 0) {
                return (at & -Long.SIZE) + Long.numberOfTrailingZeros(found);
            }
        }
        return end;
    }

    /** How many bits are set. Racy. */
    final int count() {
        int count = 0;
        for (int index = 0; index < words.length; index++) {
            count += Long.bitCount(wordOpaque(index));
        }
        return count;
    }

    private static int wordEnd(int at) {
        return (at & -Long.SIZE) + Long.SIZE;
    }

    /** The bits of one word, from {@code at} on, that lie before {@code end}. */
    private static long mask(int at, int end) {
        long upper = -1L << at;
        return end >= wordEnd(at) ? upper : upper & ((1L << end) - 1);
    }

    final long wordOpaque(int index) {
        return (long) WORD.getOpaque(words, index);
    }

    boolean casWord(int index, long expected, long next) {
        return WORD.compareAndSet(words, index, expected, next);
    }
}
