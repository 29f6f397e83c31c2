package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * Frees addresses of kmalloc after a grace period. An address is taken from its owner at once, so that what is refused is
 * refused here, and nothing can go wrong later.
 *
 * <pre>
 *                 free()                    grace period
 *   ALLOCATED ------------->  DEFERRED  ------------------>  FREE
 *                             readers may still look
 *                             in a sheaf of its cache (RcuSheaves), or in a batch (FreeAfterGrace)
 * </pre>
 *
 * <p>In Linux 6.18: mm/slab_common.c, kvfree_call_rcu().
 */
final class KfreeRcu implements AddressFree {
    private final SlabFrames frames;
    private final LargeBlocks large;
    private final CacheRegistry registry;
    private final @Nullable Rcu rcu;
    private final @Nullable FreeAfterGrace queue;

    KfreeRcu(SlabAllocator slabs, LargeBlocks large) {
        this.large = large;
        frames = slabs.parts().frames();
        registry = slabs.registry();
        rcu = slabs.parts().config().rcu();
        queue = rcu == null ? null : new FreeAfterGrace(rcu, this);
    }

    private FreeAfterGrace queue() {
        if (queue == null) {
            throw new IllegalStateException("this allocator was made without an Rcu, and knows no grace periods");
        }
        return queue;
    }

    // Deferring.

    /** Never waits. Without Java heap to remember the address it throws, and the address is its owner's. */
    void free(long address) {
        FreeAfterGrace later = queue();
        if (Kmalloc.isZeroOrNull(address)) {
            return;
        }
        take(address);
        boolean isTaken = false;
        try {
            isTaken = keepInSheaf(address) || later.tryFree(address);
        } finally {
            if (!isTaken) {
                giveToOwner(address);
            }
        }
        if (!isTaken) {
            throw new OutOfMemoryError("no Java heap to remember what is freed after a grace period");
        }
    }

    /** Waits for a grace period where the other one throws. */
    void freeMightSleep(long address) {
        FreeAfterGrace later = queue();
        assert rcu == null || rcu.mayWait("a free after a grace period");
        if (Kmalloc.isZeroOrNull(address)) {
            return;
        }
        take(address);
        boolean isTaken = false;
        try {
            isTaken = keepInSheaf(address);
            while (!isTaken) {
                isTaken = later.tryFree(address);
                if (!isTaken) {
                    later.barrier();
                }
            }
        } finally {
            if (!isTaken) {
                giveToOwner(address); // a callback of somebody else threw
            }
        }
        if (rcu != null) {
            rcu.help();
        }
    }

    private void take(long address) {
        Slab slab = frames.find(address);
        if (slab == null) {
            if (!large.defer(address)) {
                throw large.bad(address);
            }
            return;
        }
        int object = slab.cache.memory().number(slab, address);
        if (object == 0 || !slab.defer(object)) {
            throw slab.cache.reports().bad(address, slab);
        }
    }

    /** Whether the cache of a deferred object gathers it. In Linux: kfree_rcu_sheaf(). */
    private boolean keepInSheaf(long address) {
        Slab slab = frames.find(address);
        return slab != null
                && slab.cache.engine().freeAfterGrace(slab, slab.cache.memory().number(slab, address));
    }

    private void giveToOwner(long address) {
        Slab slab = frames.find(address);
        if (slab == null) {
            large.unclaim(address);
        } else {
            slab.unclaim(slab.cache.memory().number(slab, address));
        }
    }

    // Freeing.

    /** Their grace period is over. */
    @Override
    public void free(long[] addresses, int count) {
        int inSlabs = KfreeBulk.moveOthersBack(frames, addresses, count);
        for (int at = inSlabs; at < count; at++) {
            large.endDefer(addresses[at]);
        }
        DetachedFreelists.freeDeferred(frames, addresses, inSlabs);
        for (int at = inSlabs; at < count; at++) {
            large.giveBack(addresses[at]);
        }
    }

    /** Waits until all that were deferred before are freed. In Linux: kvfree_rcu_barrier(). */
    void barrier() {
        if (queue == null || rcu == null) {
            return;
        }
        for (KmemCache cache : registry.caches()) {
            cache.engine().flushDeferred();
        }
        queue.barrier();
        if (inSheaves() > 0) {
            rcu.barrier();
        }
    }

    /** How many addresses wait. */
    long waiting() {
        return queue == null ? 0 : queue.waiting() + inSheaves();
    }

    private long inSheaves() {
        long sum = 0;
        for (KmemCache cache : registry.caches()) {
            sum += cache.engine().deferred();
        }
        return sum;
    }

    /** What a periodic worker does: frees what is due. Never waits. */
    void work() {
        if (queue != null) {
            queue.work();
        }
    }
}
