package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.LockRank;
import org.mm4j.api.SlotGate;

/**
 * A stack of free objects for each slot of a gate. Whoever is inside of a slot takes and gives by plain loads and stores;
 * with a gate whose slots threads own, that is no atomic instruction for an allocation, and one, the claim, for a free.
 *
 * <pre>
 *   words    | slot 0: count | object | ... | object | pad | slot 1: count | ...
 *                                             ^ capacity: what four sheaves hold
 *
 *   alloc    pop; from an empty stack after a sheaf's worth was taken of the node's partial slabs
 *   free     push; to a full stack after its older half was given back
 *   to the slabs directly: when no slot can be entered, objects of other nodes, and when the node has no partial slab
 * </pre>
 *
 * <p>Half of a stack is more than is taken at once, so that a program which takes and frees some hundred objects in turn
 * does not empty and fill its stack each time.
 *
 * <p>The stacks belong to slots, not to threads: what a thread leaves there when it ends is its successor's.
 *
 * <p>In Linux: nothing; nearest to the sheaves of 7.0, without the barn.
 */
final class OwnedEngine implements SlabEngine {
    /*
     * Invariants
     *   O1  words of a slot change only inside of it.
     *   O2  the objects of a slot are FREE, in use for their slab's word, on no freelist, and of the slot's node.
     *
     * No pages are taken or given back, and nothing of Java is made, inside. What can fail comes before the claim.
     */
    private static final int SHEAVES_PER_STACK = 4;

    /** Longs of 128 bytes. */
    private static final int PAD = 16;

    private final SlabObjects objects;
    private final ObjectMemory memory;
    private final SlabReports reports;
    private final SlotGate gate;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfSlot;
    private final int[] nodeOfCpu;

    private final int capacity;
    private final int batch;
    private final int stride;
    private final long[] words;

    OwnedEngine(KmemCache cache, SlabObjects objects, SlabConfig config, SlotGate gate) {
        this.objects = objects;
        this.gate = gate;
        memory = cache.memory();
        reports = cache.reports();
        source = config.cpus();
        cpus = config.settings().cpus();
        nodeOfCpu = SlotNodes.of(cpus, config);
        nodeOfSlot = SlotNodes.of(gate.slots(), config);
        batch = cache.layout().sheafCapacity();
        capacity = SHEAVES_PER_STACK * batch;
        stride = (1 + capacity + PAD - 1) / PAD * PAD + PAD;
        words = new long[PAD + gate.slots() * stride];
    }

    // Slots.

    private int enter() {
        int slot = capacity == 0 ? SlotGate.NONE : gate.enter();
        assert slot == SlotGate.NONE || LockRank.CPU_SLAB.enter();
        return slot;
    }

    private void leave(int slot) {
        assert LockRank.CPU_SLAB.exit();
        gate.leave(slot);
    }

    /** Where the count of a slot stands; its objects follow. */
    private int at(int slot) {
        return PAD + slot * stride;
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        int slot = enter();
        if (slot != SlotGate.NONE) {
            long object = 0;
            try {
                if (nid == NO_NODE || nid == nodeOfSlot[slot]) {
                    object = pop(slot);
                }
            } finally {
                leave(slot);
            }
            if (object != 0) {
                return object;
            }
        }
        return objects.alloc(gfp, nid, nid == NO_NODE ? home() : nid);
    }

    private int home() {
        return nodeOfCpu[source.cpu(cpus)];
    }

    private long pop(int slot) {
        int at = at(slot);
        int count = (int) words[at];
        if (count == 0) {
            count = objects.take(nodeOfSlot[slot], words, at + 1, at + 1 + batch);
            if (count == 0) {
                return 0;
            }
        }
        words[at] = count - 1L;
        return objects.handOut(words[at + count]);
    }

    @Override
    public int allocBulk(int gfp, long[] taken, int from, int to) {
        int place = popMany(taken, from, to);
        return place - from + objects.allocBulk(gfp, home(), taken, place, to);
    }

    /** Takes what the slot has, or as much of it as is wanted. */
    private int popMany(long[] taken, int from, int to) {
        int slot = enter();
        if (slot == SlotGate.NONE) {
            return from;
        }
        try {
            int at = at(slot);
            int count = (int) words[at];
            int place = from;
            while (count > 0 && place < to) {
                taken[place++] = objects.handOut(words[at + count--]);
            }
            words[at] = count;
            return place;
        } finally {
            leave(slot);
        }
    }

    // Freeing.

    @Override
    public boolean free(Slab slab, int object) {
        int slot = enter();
        if (slot == SlotGate.NONE) {
            return freeToSlab(slab, object);
        }
        boolean isClaimed = false;
        boolean isRemote = slab.node != nodeOfSlot[slot];
        Slab emptied = null;
        try {
            if (!isRemote) {
                emptied = makeRoom(slot);
                isClaimed = slab.claim(object);
                if (isClaimed) {
                    push(slot, objects.keep(slab, object));
                }
            }
        } finally {
            leave(slot);
        }
        if (emptied != null) {
            objects.discard(emptied);
        }
        return isRemote ? freeToSlab(slab, object) : isClaimed;
    }

    private boolean freeToSlab(Slab slab, int object) {
        if (!slab.claim(object)) {
            return false;
        }
        objects.free(slab, object, object, 1);
        return true;
    }

    private void push(int slot, long kept) {
        int at = at(slot);
        int count = (int) words[at] + 1;
        words[at + count] = kept;
        words[at] = count;
    }

    /** Gives the older half of a full stack back. */
    private @Nullable Slab makeRoom(int slot) {
        int at = at(slot);
        if (words[at] < capacity) {
            return null;
        }
        int half = capacity / 2;
        Slab emptied = objects.put(words, at + 1, at + 1 + half);
        System.arraycopy(words, at + 1 + half, words, at + 1, capacity - half);
        words[at] = capacity - (long) half;
        return emptied;
    }

    /** A chain that has room in the slot is kept; any other goes to its slab as it is. */
    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        if (!keepChain(slab, head, count)) {
            objects.free(slab, head, tail, count);
        }
    }

    private boolean keepChain(Slab slab, int head, int count) {
        int slot = enter();
        if (slot == SlotGate.NONE) {
            return false;
        }
        try {
            boolean hasRoom = slab.node == nodeOfSlot[slot] && words[at(slot)] + count <= capacity;
            if (hasRoom) {
                pushChain(slot, slab, head, count);
            }
            return hasRoom;
        } finally {
            leave(slot);
        }
    }

    private void pushChain(int slot, Slab slab, int head, int count) {
        int object = head;
        for (int left = count; left > 0; left--) {
            int next = left > 1 ? memory.next(slab, object) : 0;
            push(slot, objects.keep(slab, object));
            if (next == ObjectMemory.CORRUPT) {
                reports.corrupt(slab, object);
                return;
            }
            object = next;
        }
    }

    // All slots.

    @Override
    public void flush() {
        for (int slot = 0; slot < nodeOfSlot.length && capacity > 0; slot++) {
            int at = at(slot);
            gate.seize(slot);
            Slab emptied;
            try {
                emptied = objects.put(words, at + 1, at + 1 + (int) words[at]);
                words[at] = 0;
            } finally {
                gate.release(slot);
            }
            objects.discard(emptied);
        }
    }

    @Override
    public void visit(Visitor visitor) {
        for (int slot = 0; slot < nodeOfSlot.length && capacity > 0; slot++) {
            int at = at(slot);
            gate.seize(slot);
            try {
                for (int each = 1; each <= words[at]; each++) {
                    long kept = words[at + each];
                    visitor.keeps(objects.slab(kept), KeptObject.object(kept));
                }
            } finally {
                gate.release(slot);
            }
        }
    }
}
