package org.mm4j.slab;

import org.mm4j.api.Gfp;

/**
 * Decides which allocations fail. The same calls in the same order fail with the same seed. Any thread may call.
 *
 * <p>In Linux 6.18: lib/fault-inject.c, should_fail_ex(); mm/failslab.c. Differs: no filters of tasks and stacks.
 */
final class FaultInjection {
    private final FaultAttributes attributes;
    private final SlabRandom random;
    private long spaceLeft;
    private long timesLeft;
    private long calls;

    FaultInjection(FaultAttributes attributes, long seed) {
        this.attributes = attributes;
        random = new SlabRandom(seed);
        spaceLeft = attributes.space();
        timesLeft = attributes.times();
    }

    /** Whether the attributes concern a cache with these flags. */
    boolean concerns(int flags) {
        return attributes.probability() > 0
                && (!attributes.isFiltered() || SlabFlags.has(flags, SlabFlags.SLAB_FAILSLAB));
    }

    /** Whether a request for so many bytes fails. In Linux: should_failslab(). */
    boolean shouldFail(int gfp, long bytes) {
        if (Gfp.has(gfp, Gfp.__GFP_NOFAIL)) {
            return false;
        }
        boolean isSpared = attributes.sparesWaiters() && Gfp.has(gfp, Gfp.__GFP_DIRECT_RECLAIM);
        return !isSpared && shouldFail(bytes);
    }

    /** The steps are in the kernel's order: each that says no leaves the state of those behind it alone. */
    synchronized boolean shouldFail(long bytes) {
        if (attributes.probability() == 0 || timesLeft == 0) {
            return false;
        }
        if (spaceLeft > bytes) {
            spaceLeft -= bytes;
            return false;
        }
        if (attributes.interval() > 1 && ++calls % attributes.interval() != 0) {
            return false;
        }
        if (attributes.probability() <= random.below(100)) {
            return false;
        }
        timesLeft -= timesLeft == FaultAttributes.ALWAYS ? 0 : 1;
        return true;
    }
}
