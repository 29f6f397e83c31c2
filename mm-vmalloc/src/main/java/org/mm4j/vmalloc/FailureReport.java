package org.mm4j.vmalloc;

import java.util.function.LongSupplier;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * The line that a failed request leaves in the log, at most ten of them in five seconds.
 *
 * <p>In Linux 6.18: warn_alloc() as mm/vmalloc.c calls it. Differs: no nodemask, no stack; the size is what was asked for.
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

    /** {@code why} ends the sentence "vmalloc error: size 4096, …". */
    void write(long bytes, int gfp, String why) {
        if (!Gfp.has(gfp, Gfp.__GFP_NOWARN) && mayWrite()) {
            log.warn(Thread.currentThread().getName() + ": vmalloc error: size " + Long.toUnsignedString(bytes) + ", "
                    + why + ", mode:0x" + Integer.toHexString(gfp) + "(" + Gfp.format(gfp) + ")");
        }
    }

    /** There are no addresses. */
    void writeRestriction(long bytes, int gfp, long start, long end) {
        if (!Gfp.has(gfp, Gfp.__GFP_NOWARN) && mayWrite()) {
            log.warn("vmalloc_node_range for size " + Long.toUnsignedString(bytes)
                    + " failed: Address range restricted to 0x" + Long.toHexString(start) + " - 0x"
                    + Long.toHexString(end));
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
