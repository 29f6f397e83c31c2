package org.mm4j.slab;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Padded;
import org.mm4j.api.SlotGate;

/**
 * The third sheaf of each slot: objects that readers may still look at. A full one waits for a grace period as a whole, and
 * is a full sheaf of the barn then.
 *
 * <pre>
 *                  freeAfterGrace              full                  grace period              barn has room
 *   DEFERRED object ------------->  gathering  ------>  queue of Rcu ------------>  FREE  ---------------------->  barn, full
 *                                   of a slot                                        |
 *                                       '---- {@link #flush} ---------------^               '-- too many, or not full --> slabs
 * </pre>
 *
 * <p>An object costs a push inside of a slot, no atomic instruction and no Java heap; a sheaf is its own place in the queue.
 *
 * <p>In Linux 6.18: mm/slub.c, __kfree_rcu_sheaf(), rcu_free_sheaf(), flush_rcu_sheaf().
 */
final class RcuSheaves {
    /*
     * Invariants
     *   G1  a slot's gathering sheaf changes only inside of the slot; it is deferred inside too, so that who has seized the
     *       slot finds each object gathered or queued.
     *   G2  the objects of a sheaf that gathers or is queued are DEFERRED, in use for their slab's word, of the slot's node.
     *   G3  they become FREE, and the sheaf somebody's, in the callback only: a whole grace period after the last push.
     *
     * Why one grace period does for objects of many threads: each was unlinked before it was pushed, the pushes are before
     * the defer, as all are inside of the same slot, and the defer has the fence of GracePeriods ([Fw]).
     */
    private final SlotSheaves slots;
    private final SheafRefill refill;
    private final SlabObjects objects;
    private final Rcu rcu;

    /** By slot, padded. In Linux: rcu_free. */
    private final @Nullable Sheaf[] gathering;

    /** Objects of the sheaves that are queued. */
    private final AtomicLong queued = new AtomicLong();

    RcuSheaves(SlotSheaves slots, SheafRefill refill, SlabObjects objects, Rcu rcu) {
        this.slots = slots;
        this.refill = refill;
        this.objects = objects;
        this.rcu = rcu;
        gathering = new Sheaf[Padded.length(slots.slots())];
    }

    // Gathering.

    /** False, and nothing is changed, when no slot of the node can be entered, or there is no memory for a sheaf. */
    boolean add(Slab slab, int object) {
        int slot = slots.enter(slab.node);
        if (slot == SlotGate.NONE) {
            return false;
        }
        try {
            Sheaf sheaf = gathering[Padded.index(slot)];
            Sheaf into = sheaf == null ? slots.takeEmpty(slot) : sheaf;
            if (into != null) {
                gathering[Padded.index(slot)] = into;
                push(slot, into, objects.keep(slab, object));
                return true;
            }
        } finally {
            slots.leave(slot);
        }
        return addToNew(slab, object);
    }

    /** There is no empty sheaf; meanwhile others may have come. */
    private boolean addToNew(Slab slab, int object) {
        Sheaf made = refill.make();
        if (made == null) {
            return false;
        }
        int slot = slots.enter(slab.node);
        if (slot == SlotGate.NONE) {
            slots.barn(slab.node).putEmpty(made);
            return false;
        }
        try {
            Sheaf sheaf = gathering[Padded.index(slot)];
            Sheaf into = sheaf == null ? made : sheaf;
            gathering[Padded.index(slot)] = into;
            push(slot, into, objects.keep(slab, object));
            return true;
        } finally {
            slots.leave(slot);
        }
    }

    /** Inside of the slot. When the full sheaf is refused, as by an Rcu that is closed, the object is the caller's. */
    private void push(int slot, Sheaf into, long kept) {
        into.push(kept);
        if (into.isFull()) {
            boolean isQueued = false;
            try {
                queue(slot, into);
                isQueued = true;
            } finally {
                if (!isQueued) {
                    into.size--;
                }
            }
        }
    }

    private void queue(int slot, Sheaf sheaf) {
        int count = sheaf.size;
        sheaf.home = this;
        sheaf.node = slots.nodeOf(slot);
        gathering[Padded.index(slot)] = null; // from the defer on it may be anybody's
        queued.getAndAdd(count);
        boolean isQueued = false;
        try {
            rcu.defer(sheaf);
            isQueued = true;
        } finally {
            if (!isQueued) {
                queued.getAndAdd(-count);
                gathering[Padded.index(slot)] = sheaf;
            }
        }
    }

    /** Starts the grace period of what is gathered. */
    void flush() {
        for (int slot = 0; slot < slots.slots(); slot++) {
            slots.seize(slot);
            try {
                Sheaf sheaf = gathering[Padded.index(slot)];
                if (sheaf != null && sheaf.size > 0) {
                    queue(slot, sheaf);
                }
            } finally {
                slots.release(slot);
            }
        }
    }

    // After the grace period.

    /** By the callback: its objects are free, and nobody else has the sheaf. */
    void free(Sheaf sheaf) {
        int count = sheaf.size;
        objects.endDefer(sheaf);
        try {
            giveOn(sheaf, slots.barn(sheaf.node));
        } finally {
            queued.getAndAdd(-count);
        }
    }

    private void giveOn(Sheaf sheaf, Barn barn) {
        if (sheaf.isFull() && barn.full() < Barn.FULL_MAX) {
            barn.putFull(sheaf);
        } else {
            objects.flush(sheaf);
            barn.putEmpty(sheaf);
        }
    }

    /** Objects that wait. Racy. */
    long waiting() {
        long sum = queued.get();
        for (int slot = 0; slot < slots.slots(); slot++) {
            Sheaf sheaf = gathering[Padded.index(slot)];
            sum += sheaf == null ? 0 : sheaf.size;
        }
        return sum;
    }
}
