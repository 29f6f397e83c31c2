package org.mm4j.slab;

/**
 * An engine whose allocations fail now and then, in front of another one. Caches without faults do not have it, and pay
 * nothing for it.
 *
 * <p>In Linux 6.18: mm/slub.c, slab_pre_alloc_hook().
 */
final class FailslabEngine extends EngineFront {
    private final FaultInjection faults;
    private final int bytes;

    FailslabEngine(SlabEngine engine, FaultInjection faults, int bytes) {
        super(engine);
        this.faults = faults;
        this.bytes = bytes;
    }

    @Override
    public long alloc(int gfp, int nid) {
        return faults.shouldFail(gfp, bytes) ? 0 : super.alloc(gfp, nid);
    }

    /** One request, however many objects. */
    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        return faults.shouldFail(gfp, bytes) ? 0 : super.allocBulk(gfp, objects, from, to);
    }
}
