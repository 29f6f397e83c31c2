package org.mm4j.percpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;

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
 * </ul>
 */
public final class OwnedGate implements SlotGate {
    private static final VarHandle OWNER = MethodHandles.arrayElementVarHandle(Owner[].class);

    /** Owners by thread number; a power of two. */
    private static final int TABLE = 1024;

    /** A thread without a slot looks for one every so many times. */
    private static final int LOOKS = 4096;

    private final AsymmetricBarrier barrier;
    private final int owned;
    private final SharedGate locks;
    private final SharedGate shared;
    private final @Nullable Owner[] bySlot;
    private final @Nullable Owner[] byThread = new Owner[TABLE];
    /** Slots that never had an owner. Racy: a hint to look for one at once. */
    private int slotsUnowned;

    private int looks;

    /** A gate of {@code slots} owned slots and as many shared ones. */
    public OwnedGate(int slots, CpuSource cpus, AsymmetricBarrier barrier) {
        this.barrier = barrier;
        owned = slots;
        slotsUnowned = slots;
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
        Owner owner = byThread[index(thread.threadId())];
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

    private Owner ownerOf(int slot) {
        Owner owner = bySlot[slot];
        assert owner != null;
        return owner;
    }

    /** The thread owns no slot, or is stopped. */
    private int enterSlow(Thread thread, @Nullable Owner found) {
        boolean isOwner = found != null && found.threadId() == thread.threadId();
        boolean looksForSlot = !isOwner && !thread.isVirtual() && (slotsUnowned > 0 || looks++ % LOOKS == 0);
        if (looksForSlot && becomeOwner(thread)) {
            return enter();
        }
        int slot = shared.enter();
        return slot == NONE ? NONE : owned + slot;
    }

    /** Takes the first slot that nobody uses. */
    private boolean becomeOwner(Thread thread) {
        for (int slot = 0; slot < owned; slot++) {
            if (locks.tryEnter(slot)) {
                try {
                    Owner owner = bySlot[slot];
                    if ((owner == null || owner.isDead() || owner.wasIdle()) && takeOver(slot, thread)) {
                        return true;
                    }
                } finally {
                    locks.leave(slot);
                }
            }
        }
        return false;
    }

    /** Holding the slot's lock. False when the thread's place in the table is a living owner's. */
    private boolean takeOver(int slot, Thread thread) {
        Owner old = bySlot[slot];
        Owner next = new Owner(thread, slot);
        Owner there = (Owner) OWNER.getAcquire(byThread, index(thread.threadId()));
        boolean isTaken = there != null && there != old && !there.isDead();
        if (isTaken || !OWNER.compareAndSet(byThread, index(thread.threadId()), there, next)) {
            return false;
        }
        if (old == null) {
            slotsUnowned--;
        } else {
            old.stop(barrier); // for good
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
        Owner owner = bySlot[slot];
        if (owner != null) {
            owner.stop(barrier);
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
    public void awaitSections() {
        barrier.heavy();
        for (int slot = 0; slot < owned; slot++) {
            Owner owner = (Owner) OWNER.getAcquire(bySlot, slot);
            if (owner != null) {
                owner.awaitSection();
            }
        }
        locks.awaitSections();
        shared.awaitSections();
    }

    @Override
    public String kind() {
        return "owned by " + barrier.kind();
    }
}
