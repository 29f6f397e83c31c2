package org.mm4j.percpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.Waiting;

/**
 * One thread's right to one slot of an {@link OwnedGate}. Only the thread writes {@code inside}; only those who hold the
 * lock of the slot write {@code granted}.
 *
 * <pre>
 *    the owner                                others, holding the slot's lock
 *    ---------                                -------------------------------
 *    inside = 1                               granted = 0
 *    light barrier                            heavy barrier
 *    granted?  0: inside = 0, go away         wait until inside is 0     [owner.A2]
 *              1: the section                 ... theirs now ...
 *    inside = 0   [owner.R1]                  granted = 1   [owner.R2]
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>O1: of the owner and those who stop it, at least one sees the other's first store: that is what the barriers
 * promise together. So they are never inside at once.
 * <li>O2: the owner sees what others did inside before they granted, and they see what it did before it left.
 * <li>O3: a right that was taken away for good is never granted again; a new owner has an object of its own, so that
 * late stores of the old owner hurt nobody.
 * </ul>
 *
 * <p>In Linux 6.18: nothing; a CPU owns its slot, and interrupts or preemption are switched off instead.
 */
final class Owner extends OwnerPadding {
    private static final VarHandle INSIDE = word("inside");
    private static final VarHandle GRANTED = word("granted");
    private static final VarHandle ENTERED = word("entered");

    private static VarHandle word(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(Owner.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Thread thread;
    private final long threadId;
    private final int slot;

    @SuppressWarnings("unused") // by INSIDE
    private long inside;

    @SuppressWarnings("unused") // by GRANTED
    private long granted;

    /** Whether the owner has entered since somebody last looked for idle owners. */
    @SuppressWarnings("unused") // by ENTERED
    private long entered;

    /** A right that is not granted yet. */
    Owner(Thread thread, int slot) {
        this.thread = thread;
        threadId = thread.threadId();
        this.slot = slot;
        touch();
    }

    long threadId() {
        return threadId;
    }

    /** Whether the thread has ended; what it wrote is seen then. */
    boolean isDead() {
        return !thread.isAlive();
    }

    int slot() {
        return slot;
    }

    /** The owner enters; false while others are inside, or the right is lost. An error is no section. */
    boolean tryEnter(AsymmetricBarrier barrier) {
        boolean isInside = false;
        touch();
        setInsideOpaque(1);
        try {
            barrier.light();
            isInside = grantedAcquire() != 0; // [owner.A1] pairs with [owner.R2]
        } finally {
            if (!isInside) {
                setInsideRelease(0);
            }
        }
        return isInside;
    }

    /** The owner leaves. */
    void leave() {
        assert insideAcquire() != 0;
        setInsideRelease(0); // [owner.R1] pairs with [owner.A2]
    }

    /** Others: stop the owner and wait until it is outside. */
    void stop(AsymmetricBarrier barrier) {
        withdraw(barrier);
        Waiting waiting = new Waiting();
        while (!isOutside()) {
            waiting.once();
        }
        waiting.end();
    }

    /** Others: stop the owner, unless it is inside. */
    boolean tryStop(AsymmetricBarrier barrier) {
        withdraw(barrier);
        if (isOutside()) {
            return true;
        }
        grant();
        return false;
    }

    /** From now on the owner does not enter. An error leaves it its right. */
    private void withdraw(AsymmetricBarrier barrier) {
        boolean isWithdrawn = false;
        setGrantedRelease(0);
        try {
            barrier.heavy();
            isWithdrawn = true;
        } finally {
            if (!isWithdrawn) {
                grant();
            }
        }
    }

    /** A dead owner is outside. */
    private boolean isOutside() {
        return insideAcquire() == 0 || isDead(); // [owner.A2] pairs with [owner.R1]
    }

    /** Others: the owner may go on. */
    void grant() {
        setGrantedRelease(1); // [owner.R2] what others did inside
    }

    /** The owner is there, although it does not enter. */
    void touch() {
        setEnteredOpaque(1);
    }

    /** Whether the owner has not entered since somebody last asked. For holders of the slot's lock. */
    boolean wasIdle() {
        boolean wasIdle = enteredOpaque() == 0;
        setEnteredOpaque(0);
        return wasIdle;
    }

    private long insideAcquire() {
        return (long) INSIDE.getAcquire(this);
    }

    private void setInsideOpaque(long next) {
        INSIDE.setOpaque(this, next);
    }

    private void setInsideRelease(long next) {
        INSIDE.setRelease(this, next);
    }

    private long enteredOpaque() {
        return (long) ENTERED.getOpaque(this);
    }

    private void setEnteredOpaque(long next) {
        ENTERED.setOpaque(this, next);
    }

    private long grantedAcquire() {
        return (long) GRANTED.getAcquire(this);
    }

    private void setGrantedRelease(long next) {
        GRANTED.setRelease(this, next);
    }
}
