package org.mm4j.buddy;

import java.util.function.LongSupplier;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * The line that a failed request leaves in the log, at most ten of them in five seconds.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, warn_alloc(); include/linux/ratelimit_types.h. Differs: no state of memory behind
 * the line; ask for a snapshot.
 */
final class FailureReport {
    private static final long INTERVAL_NANOS = 5_000_000_000L;
    private static final int BURST = 10;

    private final KernelLog log;
    private final LongSupplier nanoTime;
    private long intervalStart;
    private int linesInInterval;

    FailureReport(KernelLog log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
        intervalStart = nanoTime.getAsLong();
    }

    void write(int gfp, int order) {
        if (mayWrite()) {
            log.warn(Thread.currentThread().getName() + ": page allocation failure: order:" + order + ", mode:0x"
                    + Integer.toHexString(gfp) + "(" + Gfp.format(gfp) + ")");
        }
    }

    private synchronized boolean mayWrite() {
        long now = nanoTime.getAsLong();
        if (now - intervalStart >= INTERVAL_NANOS) {
            intervalStart = now;
            linesInInterval = 0;
        }
        return linesInInterval++ < BURST;
    }
}
