package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * Puts the slabs of a partial list with the fewest free objects first, so that they fill up and the others empty. Slabs
 * with more than {@value #PROMOTE_MAX} free objects stay behind them, as they are.
 *
 * <p>In Linux 6.18: mm/slub.c, __kmem_cache_do_shrink(), SHRINK_PROMOTE_MAX.
 */
final class PartialSort {
    private static final int PROMOTE_MAX = 32;

    private final NodeSlabs node;
    /** Chains by {@code next} of slabs with 1 to 32 free objects. */
    private final @Nullable Slab[] promoted = new Slab[PROMOTE_MAX + 1];

    PartialSort(NodeSlabs node) {
        this.node = node;
    }

    /** Sorts, and returns the slabs whose objects are all free, now on no list, as a chain by {@code next}. */
    @Nullable
    Slab sort() {
        node.lock();
        try {
            Slab empty = takeApart();
            for (int free = PROMOTE_MAX; free > 0; free--) {
                promote(promoted[free]);
            }
            return empty;
        } finally {
            node.unlock();
        }
    }

    private @Nullable Slab takeApart() {
        Slab empty = null;
        Slab next;
        for (Slab slab = node.first(); slab != null; slab = next) {
            next = slab.next;
            long word = slab.wordAcquire(); // [slabword.A1] pairs with [slabword.R1] in SlabFreelists.free()
            int free = SlabWord.free(word);
            if (SlabWord.inuse(word) == 0) {
                node.removePartial(slab);
                slab.next = empty;
                empty = slab;
            } else if (free <= PROMOTE_MAX) {
                node.removePartial(slab);
                slab.next = promoted[free];
                promoted[free] = slab;
            }
        }
        return empty;
    }

    private void promote(@Nullable Slab chain) {
        Slab slab = chain;
        while (slab != null) {
            Slab next = slab.next;
            slab.next = null;
            node.addPartial(slab, false);
            slab = next;
        }
    }
}
