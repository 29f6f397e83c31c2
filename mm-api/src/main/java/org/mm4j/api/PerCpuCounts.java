package org.mm4j.api;

/**
 * What a percpu allocator has done so far.
 *
 * <p>In Linux 6.18: mm/percpu-internal.h, struct percpu_stats.
 *
 * @param allocations areas taken
 * @param deallocations areas given back
 * @param allocationsNow areas in use
 * @param allocationsMax the most areas ever in use
 * @param chunks chunks there are, without the reserved one
 * @param chunksMax the most chunks there ever were
 * @param bytesAllocMin the smallest area so far; the size of a unit when there was none
 * @param bytesAllocMax the largest area so far
 */
public record PerCpuCounts(
        long allocations,
        long deallocations,
        long allocationsNow,
        long allocationsMax,
        int chunks,
        int chunksMax,
        int bytesAllocMin,
        int bytesAllocMax) {}
