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
 * </pre>
 *
 * <p>In Linux 6.18: mm/slab_common.c, kvfree_call_rcu().
 */
final class KfreeRcu implements AddressFree {
    private final SlabFrames frames;
    private final LargeBlocks large;
    private final @Nullable Rcu rcu;
    private final @Nullable FreeAfterGrace queue;

    KfreeRcu(SlabFrames frames, LargeBlocks large, @Nullable Rcu rcu) {
        this.frames = frames;
        this.large = large;
        this.rcu = rcu;
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
            isTaken = later.tryFree(address);
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
            while (!later.tryFree(address)) {
                later.barrier();
            }
            isTaken = true;
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

    /** Waits until all that were deferred before are freed. */
    void barrier() {
        if (queue != null) {
            queue.barrier();
        }
    }

    /** How many addresses wait. */
    long waiting() {
        return queue == null ? 0 : queue.waiting();
    }

    /** What a periodic worker does: frees what is due. Never waits. */
    void work() {
        if (queue != null) {
            queue.work();
        }
    }
}
