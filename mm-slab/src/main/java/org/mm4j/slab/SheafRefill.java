package org.mm4j.slab;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.SlotGate;

/**
 * What an allocation and a free do when a slot's own sheaves will not do: fill an empty sheaf from the slabs, or flush a
 * full one to them. Pages and locks of nodes may be needed, so it is done outside of the slot; whoever comes back may find
 * another slot, and another state of it.
 *
 * <pre>
 *   alloc    leave with an empty sheaf  ---- fill it ---->  enter again, install it full
 *   free     leave with a full sheaf    ---- flush it --->  enter again, install it empty
 * </pre>
 *
 * <p>A sheaf that is filled or flushed outside is that thread's alone. Whatever happens there, its objects reach a slot, a
 * barn or their slabs.
 *
 * <p>In Linux 6.18: mm/slub.c, refill_sheaf(), sheaf_flush_unused(), sheaf_flush_main(), the ends of
 * __pcs_replace_empty_main() and __pcs_replace_full_main().
 */
final class SheafRefill {
    private static final int FLUSH_BATCH = 32;

    private final SlotSheaves slots;
    private final SlabObjects objects;
    private final int capacity;

    /** Where empty sheaves come from; null ones: nowhere. For tests to change. */
    Sheaf.Maker maker = Sheaf::make;

    SheafRefill(SlotSheaves slots, SlabObjects objects, int capacity) {
        this.slots = slots;
        this.objects = objects;
        this.capacity = capacity;
    }

    /** A new sheaf, or null. */
    @Nullable
    Sheaf make() {
        return maker.make(capacity);
    }

    // After an allocation that found nothing.

    /** Fills an empty sheaf, or a new one; null, and the objects that were found go back, when there is no memory. */
    @Nullable
    Sheaf fill(@Nullable Sheaf empty, int gfp, int node) {
        Sheaf sheaf = empty == null ? make() : empty;
        boolean isFull = sheaf != null && fillOrFlush(sheaf, gfp, node);
        return isFull ? sheaf : null;
    }

    /** Fills the caller's own sheaf; or empties it and returns false. */
    private boolean fillOrFlush(Sheaf sheaf, int gfp, int node) {
        boolean isFull = false;
        try {
            isFull = objects.fill(sheaf, gfp, node);
        } finally {
            if (!isFull) {
                objects.flush(sheaf);
            }
        }
        return isFull;
    }

    /** Enters any slot, whose main has objects then; when there is none, the sheaf goes to the node's barn. */
    int enterWithFull(int node, Sheaf full) {
        int slot = slots.enter();
        if (slot == SlotGate.NONE) {
            slots.barn(node).putFull(full);
        } else {
            slots.installFull(slot, full);
        }
        return slot;
    }

    // Before a free that needs room.

    /** Enters a slot of the node whose main has room; or none. */
    int enterWithRoom(int nid) {
        while (true) {
            int slot = slots.enter(nid);
            if (slot == SlotGate.NONE) {
                return SlotGate.NONE;
            }
            boolean hasRoom = false;
            Sheaf tooMany = null;
            try {
                hasRoom = slots.hasRoom(slot);
                tooMany = hasRoom ? null : slots.takeFullSpare(slot);
            } finally {
                if (!hasRoom) {
                    slots.leave(slot);
                }
            }
            if (hasRoom) {
                return slot;
            }
            Sheaf empty = tooMany == null ? make() : flushed(tooMany);
            if (empty != null) {
                return enterWithEmpty(nid, empty);
            }
            if (!flushMain(nid)) {
                return SlotGate.NONE;
            }
        }
    }

    private Sheaf flushed(Sheaf sheaf) {
        objects.flush(sheaf);
        return sheaf;
    }

    /** Enters again with an empty sheaf. */
    private int enterWithEmpty(int nid, Sheaf empty) {
        int slot = slots.enter(nid);
        if (slot == SlotGate.NONE) {
            slots.barn(nid).putEmpty(empty);
        } else {
            slots.installEmpty(slot, empty);
        }
        return slot;
    }

    /** There is no empty sheaf anywhere: main's objects go to their slabs, some at a time. */
    private boolean flushMain(int nid) {
        int left;
        do {
            int slot = slots.enter(nid);
            if (slot == SlotGate.NONE) {
                return false;
            }
            Slab emptied;
            try {
                Sheaf main = slots.main(slot);
                left = Math.max(main.size - FLUSH_BATCH, 0);
                emptied = objects.put(main.objects, left, main.size);
                main.size = left;
            } finally {
                slots.leave(slot);
            }
            objects.discard(emptied);
        } while (left > 0);
        return true;
    }
}
