package org.mm4j.api;

import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Decides which calls fail: allocations, mappings, attempts to get a lock. The same calls in the same order fail with the
 * same random numbers. Any thread may call; it takes a lock, and is not there where nothing is to fail.
 *
 * <pre>
 *   probability 0 -> filter -> times used up -> space left -> not this one of the interval -> not by chance -> fails
 * </pre>
 *
 * <p>Each step that says no leaves the state of those behind it alone. In Linux 6.18: lib/fault-inject.c,
 * should_fail_ex(). Differs: the filters by task and by stack are one filter, which the caller provides.
 */
public final class FaultInjection {
    private static final int PERCENT = 100;

    private final FaultAttributes attributes;
    private final RandomGenerator random;
    private final BooleanSupplier filter;
    private long spaceLeft;
    private long timesLeft;
    private long calls;
    private long faults;

    /** Faults wherever the attributes allow. */
    public FaultInjection(FaultAttributes attributes, RandomGenerator random) {
        this(attributes, random, () -> true);
    }

    /** Faults where the filter says so too: of one thread, between two points in time. */
    public FaultInjection(FaultAttributes attributes, RandomGenerator random, BooleanSupplier filter) {
        this.attributes = attributes;
        this.random = random;
        this.filter = filter;
        spaceLeft = attributes.space();
        timesLeft = attributes.times();
    }

    /** Whether a request for pages or objects fails. Those that must not fail never do. In Linux: should_fail_alloc_page(). */
    public boolean shouldFailAlloc(int gfp, int order, long bytes) {
        boolean isSpared = Gfp.has(gfp, Gfp.__GFP_NOFAIL)
                || order < attributes.minOrder()
                || (attributes.sparesWaiters() && Gfp.allowsBlocking(gfp));
        return !isSpared && shouldFail(bytes);
    }

    /** Whether a call that is worth so much fails. In Linux: should_fail(). */
    public boolean shouldFail(long size) {
        if (attributes.probability() == 0 || !filter.getAsBoolean()) {
            return false;
        }
        synchronized (this) {
            return fails(size);
        }
    }

    private boolean fails(long size) {
        if (timesLeft == 0) {
            return false;
        }
        if (spaceLeft > size) {
            spaceLeft -= size;
            return false;
        }
        if (attributes.interval() > 1 && ++calls % attributes.interval() != 0) {
            return false;
        }
        if (attributes.probability() <= random.nextInt(PERCENT)) {
            return false;
        }
        timesLeft -= timesLeft == FaultAttributes.ALWAYS ? 0 : 1;
        faults++;
        return true;
    }

    /** How many calls were made to fail. */
    public synchronized long faults() {
        return faults;
    }
}
