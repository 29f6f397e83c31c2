package org.mm4j.slab;

/**
 * What stands in front of an engine, and does something besides: all calls reach the engine behind it, but for {@link
 * #freeAfterGrace}. A front may have something to do when an object becomes free, so that whoever deferred it comes back
 * with {@link #freeChain} when its readers have left.
 */
abstract class EngineFront implements SlabEngine {
    private final SlabEngine engine;

    EngineFront(SlabEngine engine) {
        this.engine = engine;
    }

    @Override
    public long alloc(int gfp, int nid) {
        return engine.alloc(gfp, nid);
    }

    @Override
    public boolean free(Slab slab, int object) {
        return engine.free(slab, object);
    }

    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        return engine.allocBulk(gfp, objects, from, to);
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
