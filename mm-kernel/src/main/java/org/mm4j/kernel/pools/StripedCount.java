package org.mm4j.kernel.pools;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count that many threads change at once: some cells, and a thread always changes the same one. The sum is exact when
 * nobody changes it meanwhile. Any thread; a change costs one uncontended atomic and no Java heap.
 */
final class StripedCount {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int CELLS = 8;

    /** 128 bytes, so that no two cells share a cache line or neighbouring ones. */
    private static final int STRIDE = 16;

    private final long[] cells = new long[(CELLS + 1) * STRIDE];

    void add(long change) {
        int cell = (int) Thread.currentThread().threadId() & (CELLS - 1);
        CELL.getAndAdd(cells, (cell + 1) * STRIDE - 1, change);
    }

    long sum() {
        long sum = 0;
        for (int cell = 0; cell < CELLS; cell++) {
            sum += (long) CELL.getVolatile(cells, (cell + 1) * STRIDE - 1);
        }
        return sum;
    }
}
