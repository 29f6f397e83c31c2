package org.mm4j.buddy;

import org.mm4j.api.MigrateType;

/** A block of the naive allocator. */
final class NaiveBlock {
    final long pfn;
    final int order;
    final boolean free;

    /** Free: whose list it is on. In use: what was asked for. */
    final MigrateType type;

    boolean compound;
    int references;

    /** How many exact pages begin here; 0 at the others of their range; −1: they are none. */
    long pagesExact = -1;

    private NaiveBlock(long pfn, int order, boolean free, MigrateType type) {
        this.pfn = pfn;
        this.order = order;
        this.free = free;
        this.type = type;
    }

    static NaiveBlock free(long pfn, int order, MigrateType list) {
        return new NaiveBlock(pfn, order, true, list);
    }

    static NaiveBlock inUse(long pfn, int order, MigrateType asked) {
        NaiveBlock block = new NaiveBlock(pfn, order, false, asked);
        block.references = 1;
        return block;
    }

    long pages() {
        return 1L << order;
    }

    boolean holds(long frame) {
        return frame >= pfn && frame < pfn + pages();
    }

    @Override
    public String toString() {
        return (free ? "free" : "used") + " order " + order + " at " + pfn + " " + type + " refs " + references;
    }
}
