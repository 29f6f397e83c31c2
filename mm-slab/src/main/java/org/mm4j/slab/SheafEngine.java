package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.Padded;
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
 * <p>In Linux 6.18: {@code struct slub_percpu_sheaves}, alloc_from_pcs(), free_to_pcs(), replace_empty_main(),
 * replace_full_main(). Differs: those who find no slot free go to the slabs; whoever comes back from filling or flushing
 * may enter another slot, as a thread there may find itself on another CPU.
 */
final class SheafEngine implements SlabEngine {
    /*
     * Invariants
     *   F1  mains and spares of a slot, and what is in them, change only inside of it.
     *   F2  an object in a sheaf is FREE, in use for its slab's word, and on no freelist.
     *   F3  objects that are freed enter only slots of their node; those that slots are filled with may be of any.
     *   F4  sheaves of slots and barns have the cache's capacity; those of a barn's full list are full.
     *
     * A sheaf that is filled or flushed outside is that thread's alone. Whatever happens there, its objects reach a slot, a
     * barn or their slabs.
     */
    private static final int FLUSH_BATCH = 32;

    private final SlabObjects objects;
    private final SlotGate gate;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfSlot;
    private final int[] nodeOfCpu;
    private final int capacity;

    private final Sheaf[] mains;
    private final @Nullable Sheaf[] spares;
    private final Barn[] barns;

    /** Where empty sheaves come from; null ones: nowhere. For tests to change. */
    Sheaf.Maker maker = Sheaf::make;

    SheafEngine(KmemCache cache, SlabObjects objects, SlabConfig config, SlotGate gate) {
        this.objects = objects;
        this.gate = gate;
        source = config.cpus();
        cpus = config.settings().cpus();
        nodeOfCpu = SlotNodes.of(cpus, config);
        nodeOfSlot = SlotNodes.of(gate.slots(), config);
        capacity = cache.layout().sheafCapacity();
        mains = new Sheaf[Padded.length(gate.slots())];
        spares = new Sheaf[Padded.length(gate.slots())];
        for (int slot = 0; slot < gate.slots(); slot++) {
            mains[Padded.index(slot)] = new Sheaf(capacity);
        }
        barns = new Barn[config.nodes()];
        for (int nid = 0; nid < barns.length; nid++) {
            barns[nid] = new Barn();
        }
    }

    /** Objects in a slot's main sheaf. Racy. */
    int mainSize(int slot) {
        return mains[Padded.index(slot)].size;
    }

    Barn barn(int nid) {
        return barns[nid];
    }

    private int home() {
        return nodeOfCpu[source.cpu(cpus)];
    }

    // Slots.

    private int enter() {
        int slot = capacity == 0 ? SlotGate.NONE : gate.enter();
        assert slot == SlotGate.NONE || LockRank.CPU_SLAB.enter();
        return slot;
    }

    /** Enters a slot of a node, or none. */
    private int enter(int nid) {
        int slot = enter();
        if (slot != SlotGate.NONE && nid != NO_NODE && nodeOfSlot[slot] != nid) {
            leave(slot);
            return SlotGate.NONE;
        }
        return slot;
    }

    private void leave(int slot) {
        assert LockRank.CPU_SLAB.exit();
        gate.leave(slot);
    }

    private void swap(int at, Sheaf spare) {
        spares[at] = mains[at];
        mains[at] = spare;
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        long object = allocFromSlot(gfp, nid);
        return object != 0 ? object : objects.alloc(gfp, nid, nid == NO_NODE ? home() : nid);
    }

    private long allocFromSlot(int gfp, int nid) {
        int slot = enter(nid);
        if (slot == SlotGate.NONE) {
            return 0;
        }
        int node = nodeOfSlot[slot];
        Sheaf empty;
        try {
            if (hasObjects(slot)) {
                return pop(slot, nid);
            }
            if ((gfp & Gfp.__GFP_RECLAIM) == 0) {
                return 0; // must not even spin. In Linux: gfpflags_allow_spinning()
            }
            empty = takeEmpty(slot);
        } finally {
            leave(slot);
        }
        Sheaf full = fill(empty, gfp, node);
        return full == null ? 0 : allocFromFull(full, nid, node);
    }

    /** Makes main have objects, from the spare or from the barn. In Linux: the begin of replace_empty_main(). */
    private boolean hasObjects(int slot) {
        int at = Padded.index(slot);
        if (mains[at].size > 0) {
            return true;
        }
        Sheaf spare = spares[at];
        if (spare != null && spare.size > 0) {
            swap(at, spare);
            return true;
        }
        Sheaf full = barns[nodeOfSlot[slot]].replaceEmpty(mains[at]);
        if (full != null) {
            mains[at] = full;
        }
        return full != null;
    }

    private long pop(int slot, int nid) {
        Sheaf main = mains[Padded.index(slot)];
        long kept = main.top();
        if (nid != NO_NODE && objects.slab(kept).node != nid) {
            return 0;
        }
        main.size--;
        return objects.handOut(kept);
    }

    private @Nullable Sheaf takeEmpty(int slot) {
        int at = Padded.index(slot);
        Sheaf spare = spares[at];
        if (spare == null) {
            return barns[nodeOfSlot[slot]].takeEmpty();
        }
        spares[at] = null;
        return spare;
    }

    /** Fills an empty sheaf, or a new one; null, and the objects that were found go back, when there is no memory. */
    private @Nullable Sheaf fill(@Nullable Sheaf empty, int gfp, int node) {
        Sheaf sheaf = empty == null ? maker.make(capacity) : empty;
        boolean isFull = sheaf != null && fillOrFlush(sheaf, gfp, node);
        return isFull ? sheaf : null;
    }

    /** Fills the caller's own sheaf; or empties it and returns false. */
    private boolean fillOrFlush(Sheaf sheaf, int gfp, int node) {
        boolean isFull = false;
        try {
            isFull = objects.fill(sheaf, gfp | Gfp.__GFP_NOMEMALLOC | Gfp.__GFP_NOWARN, node);
        } finally {
            if (!isFull) {
                objects.flush(sheaf);
            }
        }
        return isFull;
    }

    private long allocFromFull(Sheaf full, int nid, int node) {
        int slot = enter();
        if (slot == SlotGate.NONE) {
            barns[node].putFull(full);
            return 0;
        }
        try {
            installFull(slot, full);
            return pop(slot, nid);
        } finally {
            leave(slot);
        }
    }

    /** Others may have been here meanwhile. In Linux: the end of replace_empty_main(). */
    private void installFull(int slot, Sheaf full) {
        int at = Padded.index(slot);
        Barn barn = barns[nodeOfSlot[slot]];
        Sheaf spare = spares[at];
        if (mains[at].size == 0) {
            if (spare == null) {
                spares[at] = mains[at];
            } else {
                barn.putEmpty(mains[at]);
            }
            mains[at] = full;
        } else if (spare == null) {
            spares[at] = full;
        } else if (spare.size == 0) {
            barn.putEmpty(spare);
            spares[at] = full;
        } else {
            barn.putFull(full);
        }
    }

    @Override
    public int allocBulk(int gfp, long[] taken, int from, int to) {
        int place = popMany(taken, from, to);
        return place - from + objects.allocBulk(gfp, home(), taken, place, to);
    }

    /** Takes what the slot and its barn have, or as much of it as is wanted. In Linux: alloc_from_pcs_bulk(). */
    private int popMany(long[] taken, int from, int to) {
        int slot = enter();
        if (slot == SlotGate.NONE) {
            return from;
        }
        try {
            int place = from;
            while (place < to && hasObjects(slot)) {
                taken[place++] = pop(slot, NO_NODE);
            }
            return place;
        } finally {
            leave(slot);
        }
    }

    // Freeing.

    @Override
    public boolean free(Slab slab, int object) {
        int slot = enterWithRoom(slab.node);
        if (slot == SlotGate.NONE) {
            return freeToSlab(slab, object);
        }
        try {
            boolean isClaimed = slab.claim(object);
            if (isClaimed) {
                mains[Padded.index(slot)].push(objects.keep(slab, object));
            }
            return isClaimed;
        } finally {
            leave(slot);
        }
    }

    private boolean freeToSlab(Slab slab, int object) {
        if (!slab.claim(object)) {
            return false;
        }
        objects.free(slab, object, object, 1);
        return true;
    }

    /** Enters a slot of the node and makes room in its main sheaf; or neither. In Linux: replace_full_main(). */
    private int enterWithRoom(int nid) {
        while (true) {
            int slot = enter(nid);
            if (slot == SlotGate.NONE) {
                return SlotGate.NONE;
            }
            boolean hasRoom = false;
            Sheaf tooMany = null;
            try {
                hasRoom = hasRoom(slot);
                tooMany = hasRoom ? null : takeFullSpare(slot);
            } finally {
                if (!hasRoom) {
                    leave(slot);
                }
            }
            if (hasRoom) {
                return slot;
            }
            Sheaf empty = tooMany == null ? maker.make(capacity) : tooMany;
            if (tooMany != null) {
                objects.flush(tooMany);
            }
            if (empty != null) {
                return enterWithEmpty(nid, empty);
            }
            if (!flushMain(nid)) {
                return SlotGate.NONE;
            }
        }
    }

    /** Makes main have room, with the help of the spare or of the barn. */
    private boolean hasRoom(int slot) {
        int at = Padded.index(slot);
        if (!mains[at].isFull()) {
            return true;
        }
        Barn barn = barns[nodeOfSlot[slot]];
        Sheaf spare = spares[at];
        if (spare != null && !spare.isFull()) {
            swap(at, spare);
            return true;
        }
        if (spare == null) {
            Sheaf empty = barn.takeEmpty();
            if (empty != null) {
                swap(at, empty);
            }
            return empty != null;
        }
        Sheaf empty = barn.full() < Barn.FULL_MAX ? barn.replaceFull(mains[at]) : null;
        if (empty != null) {
            mains[at] = empty;
        }
        return empty != null;
    }

    /** Main and spare are full: where the barn has enough full ones, the spare is to be flushed. In Linux: -E2BIG. */
    private @Nullable Sheaf takeFullSpare(int slot) {
        int at = Padded.index(slot);
        Sheaf spare = spares[at];
        if (spare == null || barns[nodeOfSlot[slot]].full() < Barn.FULL_MAX) {
            return null;
        }
        spares[at] = null;
        return spare;
    }

    /** Enters again with an empty sheaf. */
    private int enterWithEmpty(int nid, Sheaf empty) {
        int slot = enter(nid);
        if (slot == SlotGate.NONE) {
            barns[nid].putEmpty(empty);
        } else {
            installEmpty(slot, empty);
        }
        return slot;
    }

    /** Others may have been here meanwhile. In Linux: __pcs_install_empty_sheaf(). */
    private void installEmpty(int slot, Sheaf empty) {
        int at = Padded.index(slot);
        Barn barn = barns[nodeOfSlot[slot]];
        Sheaf spare = spares[at];
        if (spare == null) {
            swap(at, empty);
        } else if (!mains[at].isFull()) {
            barn.putEmpty(empty);
        } else if (!spare.isFull()) {
            swap(at, spare);
            barn.putEmpty(empty);
        } else {
            barn.putFull(mains[at]);
            mains[at] = empty;
        }
    }

    /** There is no empty sheaf anywhere: main's objects go to their slabs, some at a time. In Linux: sheaf_flush_main(). */
    private boolean flushMain(int nid) {
        int left;
        do {
            int slot = enter(nid);
            if (slot == SlotGate.NONE) {
                return false;
            }
            Slab emptied;
            try {
                Sheaf main = mains[Padded.index(slot)];
                left = Math.max(main.size - FLUSH_BATCH, 0);
                emptied = objects.put(main.objects, left, main.size);
                main.size = left;
            } finally {
                leave(slot);
            }
            objects.discard(emptied);
        } while (left > 0);
        return true;
    }

    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        int object = head;
        int left = count;
        while (left > 0) {
            int slot = enterWithRoom(slab.node);
            if (slot == SlotGate.NONE) {
                objects.free(slab, object, tail, left);
                return;
            }
            try {
                Sheaf main = mains[Padded.index(slot)];
                for (; left > 0 && !main.isFull(); left--) {
                    int next = left == 1 ? 0 : objects.next(slab, object);
                    main.push(objects.keep(slab, object));
                    object = next;
                    left = next == 0 ? 1 : left;
                }
            } finally {
                leave(slot);
            }
        }
    }

    // All slots.

    @Override
    public void flush() {
        for (int slot = 0; slot < nodeOfSlot.length; slot++) {
            flushSlot(slot);
        }
        for (Barn barn : barns) {
            Sheaf sheaf = barn.takeAll();
            while (sheaf != null) {
                Sheaf next = sheaf.next;
                objects.flush(sheaf);
                sheaf = next;
            }
        }
    }

    private void flushSlot(int slot) {
        int at = Padded.index(slot);
        gate.seize(slot);
        Slab emptied;
        Sheaf spare;
        try {
            spare = spares[at];
            spares[at] = null;
            Sheaf main = mains[at];
            emptied = objects.put(main.objects, 0, main.size);
            main.size = 0;
        } finally {
            gate.release(slot);
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
        for (int slot = 0; slot < nodeOfSlot.length; slot++) {
            int at = Padded.index(slot);
            gate.seize(slot);
            try {
                objects.visit(mains[at], visitor);
                Sheaf spare = spares[at];
                if (spare != null) {
                    objects.visit(spare, visitor);
                }
            } finally {
                gate.release(slot);
            }
        }
        for (Barn barn : barns) {
            barn.visit(objects, visitor);
        }
    }
}
