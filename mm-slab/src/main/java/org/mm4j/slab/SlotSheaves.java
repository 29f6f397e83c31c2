package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.Padded;
import org.mm4j.api.SlotGate;

/**
 * The main and the spare {@link Sheaf} of each slot of a gate, and how they change places with those of the {@link Barn} of
 * the slot's node. Everything here but entering is done inside of the slot; nothing here takes an object or gives one back.
 *
 * <pre>
 *   main empty    spare has some: swap        barn has a full one: exchange        else {@link #takeEmpty}, {@link #installFull}
 *   main full     spare has room: swap        barn has an empty one: exchange      else {@link #installEmpty}
 * </pre>
 *
 * <p>In Linux 6.18: {@code struct slub_percpu_sheaves}; mm/slub.c, __pcs_replace_empty_main(), __pcs_replace_full_main(),
 * __pcs_install_empty_sheaf().
 */
final class SlotSheaves {
    /*
     * Invariants
     *   F1  mains and spares of a slot, and what is in them, change only inside of it.
     *   F4  sheaves of slots and barns have the cache's capacity; those of a barn's full list are full.
     */
    private final SlotGate gate;
    private final int capacity;
    private final int[] nodeOfSlot;
    private final Sheaf[] mains;
    private final @Nullable Sheaf[] spares;
    private final Barn[] barns;

    /** @param capacity objects of a sheaf; 0: no slot can be entered */
    SlotSheaves(SlotGate gate, SlabConfig config, int capacity) {
        this.gate = gate;
        this.capacity = capacity;
        nodeOfSlot = SlotNodes.of(gate.slots(), config);
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

    int slots() {
        return nodeOfSlot.length;
    }

    int nodeOf(int slot) {
        return nodeOfSlot[slot];
    }

    Barn barn(int nid) {
        return barns[nid];
    }

    /** The slot's main sheaf; outside of the slot its size is racy. */
    Sheaf main(int slot) {
        return mains[Padded.index(slot)];
    }

    @Nullable
    Sheaf spare(int slot) {
        return spares[Padded.index(slot)];
    }

    // Entering.

    /** Enters a slot near the caller, or returns {@link SlotGate#NONE}. */
    int enter() {
        assert LockRank.CPU_SLAB.enter(); // may throw, and so comes first
        int slot = capacity == 0 ? SlotGate.NONE : gate.enter();
        assert slot != SlotGate.NONE || LockRank.CPU_SLAB.exit();
        return slot;
    }

    /** Enters a slot of a node, or of any where {@code nid} is {@link org.mm4j.api.PageAllocator#NO_NODE}, or none. */
    int enter(int nid) {
        int slot = enter();
        if (slot != SlotGate.NONE && nid != NO_NODE && nodeOfSlot[slot] != nid) {
            leave(slot);
            return SlotGate.NONE;
        }
        return slot;
    }

    void leave(int slot) {
        gate.leave(slot);
        assert LockRank.CPU_SLAB.exit();
    }

    /** Waits until nobody is inside, and keeps everybody out. */
    void seize(int slot) {
        gate.seize(slot);
    }

    void release(int slot) {
        gate.release(slot);
    }

    // Main is empty, or an empty sheaf is needed for something else.

    /** Makes main have objects, from the spare or from the barn. */
    boolean hasObjects(int slot) {
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

    /** An empty sheaf for the caller: the spare, or one of the barn; null: there is none. */
    @Nullable
    Sheaf takeEmpty(int slot) {
        int at = Padded.index(slot);
        Sheaf spare = spares[at];
        if (spare == null || spare.size > 0) {
            return barns[nodeOfSlot[slot]].takeEmpty();
        }
        spares[at] = null;
        return spare;
    }

    /** Puts a full sheaf where one is missing; others may have been here meanwhile. Main has objects then. */
    void installFull(int slot, Sheaf full) {
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

    // Main is full.

    /** Makes main have room, with the help of the spare or of the barn. */
    boolean hasRoom(int slot) {
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
    @Nullable
    Sheaf takeFullSpare(int slot) {
        int at = Padded.index(slot);
        Sheaf spare = spares[at];
        if (spare == null || barns[nodeOfSlot[slot]].full() < Barn.FULL_MAX) {
            return null;
        }
        spares[at] = null;
        return spare;
    }

    /** Puts an empty sheaf where one is missing; others may have been here meanwhile. Main has room then. */
    void installEmpty(int slot, Sheaf empty) {
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

    private void swap(int at, Sheaf spare) {
        spares[at] = mains[at];
        mains[at] = spare;
    }

    // All of it.

    /** Takes the spare away. */
    @Nullable
    Sheaf takeSpare(int slot) {
        int at = Padded.index(slot);
        Sheaf spare = spares[at];
        spares[at] = null;
        return spare;
    }
}
