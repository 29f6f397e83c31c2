package org.mm4j.buddy;

import java.util.function.LongSupplier;

/**
 * At most ten times in five seconds. Any thread may call it.
 *
 * <p>In Linux 6.18: include/linux/ratelimit_types.h, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST.
 */
final class RateLimit {
    private static final long INTERVAL_NANOS = 5_000_000_000L;
    private static final int BURST = 10;

    private final LongSupplier nanoTime;
    private long intervalStart;
    private int passedInInterval;

    RateLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        intervalStart = nanoTime.getAsLong();
    }

    /** Whether this time is one of the ten. */
    synchronized boolean passes() {
        long now = nanoTime.getAsLong();
        if (now - intervalStart >= INTERVAL_NANOS) {
            intervalStart = now;
            passedInInterval = 0;
        }
        return passedInInterval++ < BURST;
    }
}
