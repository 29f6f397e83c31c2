package org.mm4j.percpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Padded;
import org.mm4j.api.SlotGate;

/**
 * The gate whose slots belong to threads: the owner enters by plain stores, without an atomic instruction; everyone else
 * stops it first. How that is safe is told in {@link Owner}.
 *
 * <pre>
 *    slots   0 ............ n-1 | n .......... 2n-1
 *            owned by a thread  | shared by all others: virtual threads, and threads that came too late
 * </pre>
 *
 * <p>A platform thread that finds a slot without owner, or whose owner is dead or idle, becomes the owner and takes over
 * what is in it. Virtual threads own nothing, so there are never more slots than twice the CPUs.
 *
 * <p>Invariants: <ul>
 * <li>G1: a slot has one owner at the most; it changes under the slot's lock while the old owner is stopped.
 * <li>G2: the table finds an owner only for its own thread.
 * <li>G3: a slot that is not seized has an owner who may enter, or none: who stops an owner lets it go on, or replaces it.
 * </ul>
 */
public final class OwnedGate implements SlotGate {
    private static final VarHandle OWNER = MethodHandles.arrayElementVarHandle(Owner[].class);
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    /** Owners by thread number; a power of two. */
    private static final int TABLE = 1024;

    /** Threads without a slot look for idle owners once in so many entries; a power of two. */
    private static final int LOOKS = 4096;

    private static final int LOOK = Padded.index(0);

    private final AsymmetricBarrier barrier;
    private final int owned;
    private final SharedGate locks;
    private final SharedGate shared;
    private final @Nullable Owner[] bySlot;
    private final @Nullable Owner[] byThread = new Owner[TABLE];
    /** How often a thread without a slot looked for one, about. */
    private final long[] looks = new long[Padded.length(1)];

    private final long lookMask;

    /** A gate of {@code slots} owned slots and as many shared ones. */
    public OwnedGate(int slots, CpuSource cpus, AsymmetricBarrier barrier) {
        this(slots, cpus, barrier, LOOKS);
    }

    /** A gate in which threads without a slot look for idle owners once in {@code looks} entries, a power of two. */
    OwnedGate(int slots, CpuSource cpus, AsymmetricBarrier barrier, int looks) {
        this.barrier = barrier;
        lookMask = looks - 1L;
        owned = slots;
        locks = new SharedGate(slots, cpus);
        shared = new SharedGate(slots, cpus);
        bySlot = new Owner[slots];
    }

    @Override
    public int slots() {
        return 2 * owned;
    }

    @Override
    public int enter() {
        Thread thread = Thread.currentThread();
        Owner owner = byThread[index(thread.threadId())]; // may be stale: who is stopped or replaced does not enter
        if (owner != null && owner.threadId() == thread.threadId() && owner.tryEnter(barrier)) {
            return owner.slot();
        }
        return enterSlow(thread, owner);
    }

    @Override
    public void leave(int slot) {
        if (slot >= owned) {
            shared.leave(slot - owned);
        } else {
            ownerOf(slot).leave();
        }
    }

    /**
     * The slot that the calling thread owns, or will own from now on; {@link #NONE} when it owns none. Does not enter. Costs
     * two loads.
     */
    int owned() {
        Thread thread = Thread.currentThread();
        Owner owner = byThread[index(thread.threadId())];
        if (owner != null && owner.threadId() == thread.threadId()) {
            owner.touch();
            return owner.slot();
        }
        boolean isNew = !thread.isVirtual() && becomeOwner(thread, isFree(owner));
        return isNew ? owned() : NONE;
    }

    private Owner ownerOf(int slot) {
        Owner owner = bySlot[slot]; // stays while its thread is inside
        assert owner != null;
        return owner;
    }

    /** The thread owns no slot, or is stopped. */
    private int enterSlow(Thread thread, @Nullable Owner found) {
        boolean isOwner = found != null && found.threadId() == thread.threadId();
        if (!isOwner && !thread.isVirtual() && becomeOwner(thread, isFree(found))) {
            return enter();
        }
        int slot = shared.enter();
        return slot == NONE ? NONE : owned + slot;
    }

    private static boolean isFree(@Nullable Owner owner) {
        return owner == null || owner.isDead();
    }

    /** Looks at one slot, another one each time: is it nobody's? Now and then, looks for an idle owner. */
    private boolean becomeOwner(Thread thread, boolean hasPlace) {
        long look = looksPlain();
        setLooksPlain(look + 1); // two threads may count one look
        return (hasPlace && isFree(bySlotAcquire((int) (look % owned))) && takeFirst(thread, false))
                || ((look & lookMask) == 0 && takeFirst(thread, true));
    }

    /** Takes the first slot that is nobody's, or whose owner is idle. */
    private boolean takeFirst(Thread thread, boolean fromIdle) {
        for (int slot = 0; slot < owned; slot++) {
            if (locks.tryEnter(slot)) {
                try {
                    Owner owner = bySlot[slot];
                    if ((isFree(owner) || (fromIdle && owner.wasIdle())) && takeOver(slot, owner, thread)) {
                        return true;
                    }
                } finally {
                    locks.leave(slot);
                }
            }
        }
        return false;
    }

    /**
     * Holding the slot's lock. False when the old owner is inside, or when the thread's place in the table is that of a
     * living owner of another slot.
     */
    private boolean takeOver(int slot, @Nullable Owner old, Thread thread) {
        int place = index(thread.threadId());
        Owner there = (Owner) OWNER.getAcquire(byThread, place);
        if (there != old && !isFree(there)) {
            return false;
        }
        Owner next = new Owner(thread, slot);
        if (old != null && !old.tryStop(barrier)) {
            return false;
        }
        if (!OWNER.compareAndSet(byThread, place, there, next)) {
            if (old != null) {
                old.grant();
            }
            return false;
        }
        if (old != null) {
            OWNER.compareAndSet(byThread, index(old.threadId()), old, null);
        }
        OWNER.setRelease(bySlot, slot, next);
        next.grant();
        return true;
    }

    private static int index(long threadId) {
        return (int) threadId & (TABLE - 1);
    }

    @Override
    public void seize(int slot) {
        if (slot >= owned) {
            shared.seize(slot - owned);
            return;
        }
        locks.seize(slot);
        boolean isSeized = false;
        try {
            Owner owner = bySlot[slot];
            if (owner != null) {
                owner.stop(barrier);
            }
            isSeized = true;
        } finally {
            if (!isSeized) {
                locks.release(slot);
            }
        }
    }

    @Override
    public void release(int slot) {
        if (slot >= owned) {
            shared.release(slot - owned);
            return;
        }
        Owner owner = bySlot[slot];
        if (owner != null) {
            owner.grant();
        }
        locks.release(slot);
    }

    @Override
    public String kind() {
        return "owned by " + barrier.kind();
    }

    private @Nullable Owner bySlotAcquire(int slot) {
        return (Owner) OWNER.getAcquire(bySlot, slot);
    }

    private long looksPlain() {
        return (long) WORD.get(looks, LOOK);
    }

    private void setLooksPlain(long count) {
        WORD.set(looks, LOOK, count);
    }
}
