package org.mm4j.slab;

/**
 * An engine whose allocations fail now and then, in front of another one. Allocators without such faults do not have it,
 * and pay nothing for it.
 *
 * <p>In Linux 6.18: mm/slub.c, slab_pre_alloc_hook().
 */
final class FailslabEngine extends EngineFront {
    private final Failslab failslab;
    private final int bytes;
    private final int flags;

    FailslabEngine(SlabEngine engine, Failslab failslab, int bytes, int flags) {
        super(engine);
        this.failslab = failslab;
        this.bytes = bytes;
        this.flags = flags;
    }

    @Override
    public long alloc(int gfp, int nid) {
        return failslab.shouldFail(gfp, bytes, flags) ? 0 : super.alloc(gfp, nid);
    }

    /** One request, however many objects. */
    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        return failslab.shouldFail(gfp, bytes, flags) ? 0 : super.allocBulk(gfp, objects, from, to);
    }
}
