package org.mm4j.kernel;

import java.util.function.IntPredicate;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.SlabAllocator;

/**
 * What the slab allocator and reclaim add to the figures of a node. Large blocks of kmalloc count as slabs that nobody can reclaim,
 * as in the kernel.
 */
final class SlabStats implements VmStats {
    private final SlabAllocator slab;
    private final Kmalloc kmalloc;
    private final IntPredicate isUnreclaimable;

    SlabStats(SlabAllocator slab, Kmalloc kmalloc, IntPredicate isUnreclaimable) {
        this.slab = slab;
        this.kmalloc = kmalloc;
        this.isUnreclaimable = isUnreclaimable;
    }

    @Override
    public boolean isUnreclaimable(int nid) {
        return isUnreclaimable.test(nid);
    }

    @Override
    public long node(int nid, NodeStat stat) {
        return switch (stat) {
            case NR_SLAB_RECLAIMABLE -> slab.pages(nid).reclaimable();
            case NR_SLAB_UNRECLAIMABLE -> slab.pages(nid).unreclaimable() + kmalloc.largePages(nid);
            default -> 0;
        };
    }

    /** Pages of slabs and of large blocks on a node. */
    long pages(int nid) {
        return slab.pages(nid).sum() + kmalloc.largePages(nid);
    }
}
