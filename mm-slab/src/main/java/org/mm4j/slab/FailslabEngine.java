package org.mm4j.slab;

/**
 * An engine whose allocations fail now and then, in front of another one. Caches without faults do not have it, and pay
 * nothing for it.
 *
 * <p>In Linux 6.18: mm/slub.c, slab_pre_alloc_hook().
 */
final class FailslabEngine implements SlabEngine {
    private final SlabEngine engine;
    private final FaultInjection faults;
    private final int bytes;

    FailslabEngine(SlabEngine engine, FaultInjection faults, int bytes) {
        this.engine = engine;
        this.faults = faults;
        this.bytes = bytes;
    }

    @Override
    public long alloc(int gfp, int nid) {
        return faults.shouldFail(gfp, bytes) ? 0 : engine.alloc(gfp, nid);
    }

    @Override
    public boolean free(Slab slab, int object) {
        return engine.free(slab, object);
    }

    /** One request, however many objects. */
    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        return faults.shouldFail(gfp, bytes) ? 0 : engine.allocBulk(gfp, objects, from, to);
    }

    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        engine.freeChain(slab, head, tail, count);
    }

    @Override
    public void flush() {
        engine.flush();
    }

    @Override
    public int partialSlabs(int cpu) {
        return engine.partialSlabs(cpu);
    }

    @Override
    public int sheafCapacity() {
        return engine.sheafCapacity();
    }

    @Override
    public void visit(Visitor visitor) {
        engine.visit(visitor);
    }
}
