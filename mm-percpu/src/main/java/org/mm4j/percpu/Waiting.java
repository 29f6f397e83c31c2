package org.mm4j.percpu;

import java.util.concurrent.locks.LockSupport;

/** Waits for somebody else's short section: spins, then yields, then parks. An interrupt is kept for the thread. */
final class Waiting {
    private static final int SPINS = 64;
    private static final int YIELDS = 16;
    private static final long PARK_NANOS = 50_000;

    private int rounds;
    private boolean interrupted;

    @SuppressWarnings("ThreadPriorityCheck") // yielding lets a thread inside that lost its processor go on
    void once() {
        if (rounds < SPINS) {
            Thread.onSpinWait();
        } else if (rounds < SPINS + YIELDS) {
            Thread.yield();
        } else {
            interrupted |= Thread.interrupted(); // an interrupted thread would not park
            LockSupport.parkNanos(this, PARK_NANOS);
        }
        rounds++;
    }

    void end() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
