package org.mm4j.percpu;

import org.mm4j.api.PerCpuCounts;

/**
 * What an allocator has done so far. Guarded by the lock of {@link Chunks}.
 *
 * <p>In Linux 6.18: mm/percpu-internal.h, pcpu_stats_area_alloc() and the like.
 */
final class Tally {
    private long allocations;
    private long deallocations;
    private long allocationsMax;
    private int chunks;
    private int chunksMax;
    private int bytesAllocMin;
    private int bytesAllocMax;

    Tally(int unitBytes) {
        bytesAllocMin = unitBytes;
    }

    void taken(int bytes) {
        allocations++;
        allocationsMax = Math.max(allocationsMax, allocations - deallocations);
        bytesAllocMin = Math.min(bytesAllocMin, bytes);
        bytesAllocMax = Math.max(bytesAllocMax, bytes);
    }

    void given() {
        deallocations++;
    }

    void chunkAdded() {
        chunks++;
        chunksMax = Math.max(chunksMax, chunks);
    }

    void chunkRemoved() {
        chunks--;
    }

    PerCpuCounts counts() {
        return new PerCpuCounts(
                allocations,
                deallocations,
                allocations - deallocations,
                allocationsMax,
                chunks,
                chunksMax,
                bytesAllocMin,
                bytesAllocMax);
    }
}
