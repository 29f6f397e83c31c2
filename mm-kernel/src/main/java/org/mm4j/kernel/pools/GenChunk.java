package org.mm4j.kernel.pools;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One range of a {@link GenPool}, cut into units with a bit each. In Linux 6.18: struct gen_pool_chunk. */
final class GenChunk {
    private static final VarHandle FREE = MethodHandles.arrayElementVarHandle(long[].class);

    private final long start;
    private final long physical;
    private final int minAllocOrder;
    private final AtomicBits bits;
    private final long[] bytesFree;

    GenChunk(long start, long physical, int minAllocOrder, AtomicBits bits) {
        this.start = start;
        this.physical = physical;
        this.minAllocOrder = minAllocOrder;
        this.bits = bits;
        bytesFree = new long[] {bytes()};
    }

    long start() {
        return start;
    }

    int minAllocOrder() {
        return minAllocOrder;
    }

    AtomicBits bits() {
        return bits;
    }

    long bytes() {
        return (long) bits.bits() << minAllocOrder;
    }

    /** Whether {@code bytes} bytes, 1 at least, from an address on lie in this chunk. */
    boolean contains(long address, long bytes) {
        long offset = address - start;
        return offset >= 0 && offset < bytes() && bytes <= bytes() - offset;
    }

    long physical(long address) {
        return physical + (address - start);
    }

    /** The address of a run of units, or {@link GenPool#NONE}. */
    long alloc(int units, FitAlgorithm algorithm) {
        if ((long) units << minAllocOrder > bytesFree()) {
            return GenPool.NONE;
        }
        int at = algorithm.find(this, 0, units);
        while (at < bits.bits()) {
            if (bits.trySet(at, at + units)) {
                FREE.getAndAdd(bytesFree, 0, -((long) units << minAllocOrder));
                return start + ((long) at << minAllocOrder);
            }
            at = algorithm.find(this, at, units); // somebody was faster: from there on
        }
        return GenPool.NONE;
    }

    /** Takes units back, the first of which begins at the address; false when some are free already. */
    boolean free(long address, int units) {
        int at = (int) ((address - start) >>> minAllocOrder);
        boolean isFreed = bits.tryClear(at, at + units);
        if (isFreed) {
            FREE.getAndAdd(bytesFree, 0, (long) units << minAllocOrder);
        }
        return isFreed;
    }

    /** Bytes of units that nobody has. Racy: it lags behind the bits. */
    long bytesFree() {
        return (long) FREE.getOpaque(bytesFree, 0);
    }
}
