package org.mm4j.kernel.pools;

import org.mm4j.api.FaultInjection;

/**
 * A source that has no element for a request now and then, in front of another one: the pool then takes one of its reserve,
 * or waits.
 *
 * <p>In Linux 6.19: fail_mempool_alloc and fail_mempool_alloc_bulk of mm/mempool.c.
 *
 * @param source what is behind it
 * @param faults which attempts fail
 */
record FaultyElements(ElementSource source, FaultInjection faults) implements ElementSource {
    @Override
    public long alloc(int gfp) {
        return faults.shouldFail(1) ? NONE : source.alloc(gfp);
    }

    @Override
    public void free(long element) {
        source.free(element);
    }

    @Override
    public void checkInUse(long element) {
        source.checkInUse(element);
    }
}
