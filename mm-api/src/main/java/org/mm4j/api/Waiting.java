package org.mm4j.api;

import java.util.concurrent.locks.LockSupport;

/**
 * One wait for something that others do and nobody tells of: spins, then yields, then parks. An interrupt is kept for the
 * thread. For one thread; a new one for every wait.
 *
 * <pre>
 *    Waiting waiting = new Waiting();
 *    while (!isDone()) {
 *        waiting.once();
 *    }
 *    waiting.end();
 * </pre>
 *
 * <p>In Linux 6.18: cpu_relax() and cond_resched() in a loop.
 */
public final class Waiting {
    private static final int SPINS = 64;
    private static final int YIELDS = 16;
    private static final long PARK_NANOS = 50_000;

    private int rounds;
    private boolean interrupted;

    /** A wait that has not begun. */
    public Waiting() {}

    /** Waits a little: nothing at first, up to 50 µs later. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding lets a thread inside that lost its processor go on
    public void once() {
        if (rounds < SPINS) {
            Thread.onSpinWait();
        } else if (rounds < SPINS + YIELDS) {
            Thread.yield();
        } else {
            interrupted |= Thread.interrupted(); // an interrupted thread would not park
            LockSupport.parkNanos(this, PARK_NANOS);
        }
        if (rounds < SPINS + YIELDS) {
            rounds++;
        }
    }

    /** The end of the wait: a thread that was interrupted in the meantime is interrupted again. */
    public void end() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
