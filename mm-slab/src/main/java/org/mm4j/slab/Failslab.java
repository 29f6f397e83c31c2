package org.mm4j.slab;

import org.mm4j.api.FaultInjection;

/**
 * Allocations of objects that are made to fail: which requests, and of which caches. One for all caches of an allocator.
 *
 * <p>In Linux 6.18: mm/failslab.c.
 *
 * <p>Any thread may call it.
 */
public final class Failslab {
    private final FaultInjection faults;
    private volatile boolean isCacheFiltered;

    /** Of all caches, as often as the faults say; these can be set at any time. */
    public Failslab(FaultInjection faults) {
        this.faults = faults;
    }

    /** Which requests fail. */
    public FaultInjection faults() {
        return faults;
    }

    /** From now on only caches with {@link SlabFlags#SLAB_FAILSLAB} fail, or all. Returns this. In Linux: cache-filter. */
    public Failslab filterCaches(boolean next) {
        isCacheFiltered = next;
        return this;
    }

    /** What {@link #filterCaches} said. */
    public boolean isCacheFiltered() {
        return isCacheFiltered;
    }

    /** Whether a request for so many bytes of a cache with these flags fails. In Linux: should_failslab(). */
    boolean shouldFail(int gfp, long bytes, int cacheFlags) {
        boolean isConcerned = !isCacheFiltered || SlabFlags.has(cacheFlags, SlabFlags.SLAB_FAILSLAB);
        return isConcerned && faults.shouldFailAlloc(gfp, 0, bytes);
    }
}
