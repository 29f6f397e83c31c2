package org.mm4j.slab;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The randomness of all caches, from one seed: the same seed and the same single thread give the same numbers. Any
 * thread may draw.
 */
final class SlabRandom {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final AtomicLong state;

    SlabRandom(long seed) {
        state = new AtomicLong(seed);
    }

    /** 64 random bits. */
    long next() {
        long z = state.getAndAdd(GOLDEN_GAMMA);
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** A random number from 0 to {@code bound} − 1. */
    int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** The numbers 1 to {@code count} in random order. In Linux: cache_random_seq_create(). */
    short[] permutation(int count) {
        short[] numbers = new short[count];
        for (int at = 0; at < count; at++) {
            int other = below(at + 1);
            numbers[at] = numbers[other];
            numbers[other] = (short) (at + 1);
        }
        return numbers;
    }
}
