package org.mm4j.kernel.pools;

/** One word of bits that is read and, a moment later, written, where AtomicBits exchanges it by one compare-and-set. */
final class PlainBits {
    private long word;

    boolean trySet(int from, int end) {
        return write((word | mask(from, end)));
    }

    boolean tryClear(int from, int end) {
        return write(word & ~mask(from, end));
    }

    private boolean write(long next) {
        Thread.onSpinWait();
        word = next;
        return true;
    }

    int count() {
        return Long.bitCount(word);
    }

    private static long mask(int from, int end) {
        return (1L << end) - (1L << from);
    }
}
