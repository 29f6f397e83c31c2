package org.mm4j.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A mutual exclusion lock for short sections of code that never block: the waiter spins, then yields, then parks for
 * ever longer times. Not reentrant, not fair, owned by nobody: any thread may give it back.
 *
 * <p>An uncontended pair costs one compare-and-set and one plain store; nothing is allocated. Waiting ends neither by
 * interruption nor by a time limit; an interrupt is kept for the thread.
 *
 * <p>In Linux 6.18: include/linux/spinlock.h. Differs: a holder can lose its processor here, so waiters do not spin for
 * good; there is no queue of waiters, so that giving the lock back needs no atomic.
 */
public final class SpinLock {
    /*
     * State
     *
     *             lock, tryLock: compare-and-set
     *    FREE  ------------------------------------>  HELD
     *     0    <------------------------------------   1
     *             unlock: release store
     *
     * Invariant
     *   I1  between a successful lock or tryLock and its unlock, no other lock or tryLock succeeds, and it sees
     *       everything that was written before the last unlock.
     *
     * A waiter parks with a time limit and nobody wakes it, so no wake-up can be lost: the word is the whole state.
     */
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    private static final int FREE = 0;
    private static final int HELD = 1;

    /** 128 bytes before and after the word, so that no neighbour shares its cache line or the one next to it. */
    private static final int PAD = 32;

    private static final int SPINS = 64;
    private static final int YIELDS = 16;
    private static final long PARK_NANOS_MIN = 20_000;
    private static final long PARK_NANOS_MAX = 1_000_000;

    private final int[] words = new int[PAD + 1 + PAD];
    private final LockRank rank;

    /** A free lock of the given place in the lock order. */
    public SpinLock(LockRank rank) {
        this.rank = rank;
    }

    /** Takes the lock, waiting for it as long as needed. */
    public void lock() {
        assert rank.enter();
        if (!casWord(FREE, HELD)) { // [spinlock.A1] pairs with [spinlock.R1] in unlock()
            lockSlow();
        }
    }

    /** Takes the lock if it is free. */
    public boolean tryLock() {
        if (wordOpaque() == FREE && casWord(FREE, HELD)) { // [spinlock.A1]
            assert rank.enter();
            return true;
        }
        return false;
    }

    /** Gives the lock back. */
    public void unlock() {
        assert rank.exit();
        assert wordOpaque() == HELD : "giving back a lock that nobody holds";
        setWordRelease(FREE); // [spinlock.R1] publishes the section to the next holder
    }

    /** Whether somebody holds the lock. Racy. */
    public boolean isLocked() {
        return wordOpaque() == HELD;
    }

    /** Somebody else holds the lock. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding lets a holder that lost its processor go on
    private void lockSlow() {
        assert rank.beginWait();
        boolean interrupted = false;
        for (int attempt = 0; !(wordOpaque() == FREE && casWord(FREE, HELD)); attempt++) { // [spinlock.A1]
            if (attempt < SPINS) {
                Thread.onSpinWait();
            } else if (attempt < SPINS + YIELDS) {
                Thread.yield();
            } else {
                interrupted |= Thread.interrupted(); // an interrupted thread would not park
                LockSupport.parkNanos(this, parkNanos(attempt - SPINS - YIELDS));
            }
        }
        assert rank.endWait();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static long parkNanos(int parks) {
        return Math.min(PARK_NANOS_MIN << Math.min(parks, 10), PARK_NANOS_MAX);
    }

    private int wordOpaque() {
        return (int) WORD.getOpaque(words, PAD);
    }

    private boolean casWord(int expected, int next) {
        return WORD.compareAndSet(words, PAD, expected, next);
    }

    private void setWordRelease(int next) {
        WORD.setRelease(words, PAD, next);
    }
}
