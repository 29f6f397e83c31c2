package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.SlotGate;

/**
 * A main and a spare {@link Sheaf} for each slot of a gate, and a {@link Barn} of full and empty ones for each node.
 *
 * <pre>
 *   slot     main [ object ... ]  &lt;--swap--&gt;  spare [ object ... ]      alloc pops main, free pushes it
 *                    ^  |
 *             full   |  |   empty, and the other way round
 *                    |  v
 *   node     barn   full: sheaf, sheaf, ...    empty: sheaf, ...
 *                    ^  |
 *              fill  |  |  flush, outside of the slot
 *                    |  v
 *            slabs
 * </pre>
 *
 * <p>{@link SlotSheaves} is what lies in the slots and barns, and how it changes places; {@link SheafRefill} is the way to
 * the slabs and back; {@link RcuSheaves} gather what waits for a grace period.
 *
 * <p>In Linux 6.18: alloc_from_pcs(), free_to_pcs(), and what they call. Differs: those who find no slot free go to the
 * slabs; whoever comes back from filling or flushing may enter another slot, as a thread there may find itself on another
 * CPU.
 */
final class SheafEngine implements SlabEngine {
    /*
     * Invariants, beside those of SlotSheaves
     *   F2  an object in a sheaf is FREE, in use for its slab's word, and on no freelist.
     *   F3  objects that are freed enter only slots of their node; those that slots are filled with may be of any.
     */
    private final SlabObjects objects;
    private final SlotSheaves slots;
    private final SheafRefill refill;

    /** Null where there are no grace periods, or no sheaves. */
    private final @Nullable RcuSheaves deferred;

    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfCpu;
    private final int capacity;

    SheafEngine(KmemCache cache, SlabObjects objects, SlabConfig config, SlotGate gate) {
        this.objects = objects;
        source = config.cpus();
        cpus = config.settings().cpus();
        nodeOfCpu = SlotNodes.of(cpus, config);
        capacity = cache.layout().sheafCapacity();
        slots = new SlotSheaves(gate, config, capacity);
        refill = new SheafRefill(slots, objects, capacity);
        Rcu rcu = config.rcu();
        deferred = rcu == null || capacity == 0 ? null : new RcuSheaves(slots, refill, objects, rcu);
    }

    /** What lies in the slots and barns. For tests. */
    SlotSheaves slots() {
        return slots;
    }

    /** The way to the slabs. For tests. */
    SheafRefill refill() {
        return refill;
    }

    private int home() {
        return nodeOfCpu[source.cpu(cpus)];
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        long object = allocFromSlot(gfp, nid);
        return object != 0 ? object : objects.alloc(gfp, nid, nid == NO_NODE ? home() : nid);
    }

    private long allocFromSlot(int gfp, int nid) {
        int slot = slots.enter(nid);
        if (slot == SlotGate.NONE) {
            return 0;
        }
        int node = slots.nodeOf(slot);
        Sheaf empty;
        try {
            if (slots.hasObjects(slot)) {
                return pop(slots.main(slot), nid);
            }
            if ((gfp & Gfp.__GFP_RECLAIM) == 0) {
                return 0; // must not even spin. In Linux: gfpflags_allow_spinning()
            }
            empty = slots.takeEmpty(slot);
        } finally {
            slots.leave(slot);
        }
        Sheaf full = refill.fill(empty, gfp | Gfp.__GFP_NOMEMALLOC | Gfp.__GFP_NOWARN, node);
        return full == null ? 0 : allocFromFull(full, nid, node);
    }

    private long pop(Sheaf main, int nid) {
        long kept = main.top();
        if (nid != NO_NODE && objects.slab(kept).node != nid) {
            return 0;
        }
        main.size--;
        return objects.handOut(kept);
    }

    private long allocFromFull(Sheaf full, int nid, int node) {
        int slot = refill.enterWithFull(node, full);
        if (slot == SlotGate.NONE) {
            return 0;
        }
        try {
            return pop(slots.main(slot), nid);
        } finally {
            slots.leave(slot);
        }
    }

    @Override
    public int allocBulk(int gfp, long[] taken, int from, int to) {
        int place = popMany(taken, from, to);
        return place - from + objects.allocBulk(gfp, home(), taken, place, to);
    }

    /** Takes what the slot and its barn have, or as much of it as is wanted. In Linux: alloc_from_pcs_bulk(). */
    private int popMany(long[] taken, int from, int to) {
        int slot = slots.enter();
        if (slot == SlotGate.NONE) {
            return from;
        }
        try {
            int place = from;
            while (place < to && slots.hasObjects(slot)) {
                taken[place++] = pop(slots.main(slot), NO_NODE);
            }
            return place;
        } finally {
            slots.leave(slot);
        }
    }

    // Freeing.

    @Override
    public boolean free(Slab slab, int object) {
        int slot = refill.enterWithRoom(slab.node);
        if (slot == SlotGate.NONE) {
            return freeToSlab(slab, object);
        }
        try {
            boolean isClaimed = slab.claim(object);
            if (isClaimed) {
                slots.main(slot).push(objects.keep(slab, object));
            }
            return isClaimed;
        } finally {
            slots.leave(slot);
        }
    }

    private boolean freeToSlab(Slab slab, int object) {
        if (!slab.claim(object)) {
            return false;
        }
        objects.free(slab, object, object, 1);
        return true;
    }

    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        int object = head;
        int left = count;
        while (left > 0) {
            int slot = refill.enterWithRoom(slab.node);
            if (slot == SlotGate.NONE) {
                objects.free(slab, object, tail, left);
                return;
            }
            try {
                Sheaf main = slots.main(slot);
                for (; left > 0 && !main.isFull(); left--) {
                    int next = left == 1 ? 0 : objects.next(slab, object);
                    main.push(objects.keep(slab, object));
                    object = next;
                    left = next == 0 ? 1 : left;
                }
            } finally {
                slots.leave(slot);
            }
        }
    }

    // Freeing after a grace period.

    @Override
    public boolean freeAfterGrace(Slab slab, int object) {
        return deferred != null && deferred.add(slab, object);
    }

    @Override
    public void flushDeferred() {
        if (deferred != null) {
            deferred.flush();
        }
    }

    @Override
    public long deferred() {
        return deferred == null ? 0 : deferred.waiting();
    }

    // All slots.

    @Override
    public void flush() {
        for (int slot = 0; slot < slots.slots(); slot++) {
            flush(slot);
        }
        for (int nid = 0; nid < objects.nodes(); nid++) {
            Sheaf sheaf = slots.barn(nid).takeAll();
            while (sheaf != null) {
                Sheaf next = sheaf.nextInBarn;
                objects.flush(sheaf);
                sheaf = next;
            }
        }
    }

    private void flush(int slot) {
        Slab emptied;
        Sheaf spare;
        slots.seize(slot);
        try {
            spare = slots.takeSpare(slot);
            Sheaf main = slots.main(slot);
            emptied = objects.put(main.objects, 0, main.size);
            main.size = 0;
        } finally {
            slots.release(slot);
        }
        objects.discard(emptied);
        if (spare != null) {
            objects.flush(spare);
        }
    }

    @Override
    public int sheafCapacity() {
        return capacity;
    }

    @Override
    public void visit(Visitor visitor) {
        for (int slot = 0; slot < slots.slots(); slot++) {
            slots.seize(slot);
            try {
                objects.visit(slots.main(slot), visitor);
                Sheaf spare = slots.spare(slot);
                if (spare != null) {
                    objects.visit(spare, visitor);
                }
            } finally {
                slots.release(slot);
            }
        }
        for (int nid = 0; nid < objects.nodes(); nid++) {
            slots.barn(nid).visit(objects, visitor);
        }
    }
}
