package org.mm4j.buddy;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.trace.Tracepoints;

/**
 * What a request does when no zone is above its low watermark: wake kswapd, go down to the minimum, use reserves; and if
 * it may wait, {@link RetryRounds}. One that must not fail goes on waiting for others.
 *
 * <pre>
 *   wake kswapd -> watermark min, with the request's reserves -> all reserves (__GFP_MEMALLOC)
 *                                                                      |
 *                                              cannot wait:  fails  <--+--> rounds of compaction and reclaim
 *                                                                                    |
 *                                    fails, with a line in the log   <---------------+--> __GFP_NOFAIL: waits
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __alloc_pages_slowpath(). Differs: no cpusets and no defrag_mode.
 */
final class SlowPath {
    private static final int NONE = FreeLists.NONE;
    private static final long NOFAIL_WAIT_NANOS = 1_000_000;
    private static final int NOFAIL_MAX_ORDER = 1;
    private static final int KEPT_WITH_RESERVES = AllocFlags.KSWAPD | AllocFlags.CMA;

    private final FreeLists lists;
    private final MemoryPressure pressure;
    private final KernelLog log;
    private final LastResort lastResort;
    private final Compactor compactor;
    private final FailureReport report;
    private final Tracepoints trace;

    SlowPath(FreeLists lists, BuddyConfig config, Compactor compactor, List<Zone> zones) {
        this.lists = lists;
        this.compactor = compactor;
        pressure = config.pressure();
        trace = config.trace();
        log = config.log();
        lastResort = new LastResort(lists, config);
        report = new FailureReport(config.log(), zones, System::nanoTime);
    }

    int take(ZoneList list, int gfp, int order) {
        boolean mayNotFail = (gfp & Gfp.__GFP_NOFAIL) != 0;
        if (mayNotFail) {
            checkNofail(gfp, order);
        }
        int frame = list.isEmpty() ? NONE : takeOrRetry(list, gfp, order);
        if (frame == NONE && mayNotFail && Gfp.allowsBlocking(gfp) && !list.isEmpty()) {
            frame = takeWaiting(list, gfp, order);
        }
        if (frame == NONE && (gfp & Gfp.__GFP_NOWARN) == 0) {
            report.write(gfp, order);
        }
        return frame;
    }

    /** Such requests cannot be kept: they fail, or wait for a block that may never be whole. */
    private void checkNofail(int gfp, int order) {
        if (!Gfp.allowsBlocking(gfp)) {
            log.warnOnce("nofail", "__GFP_NOFAIL without __GFP_DIRECT_RECLAIM may fail: " + Gfp.format(gfp));
        }
        if (order > NOFAIL_MAX_ORDER) {
            log.warnOnce(
                    "nofail-order",
                    "__GFP_NOFAIL with order " + order + " may wait for ever; it is meant for orders 0 and 1: "
                            + Gfp.format(gfp));
        }
    }

    private int takeOrRetry(ZoneList list, int gfp, int order) {
        int flags = AllocFlags.ofSlowPath(gfp, order);
        int frame = takeNow(list, gfp, order, flags);
        if (frame == NONE && mayUseAllReserves(gfp)) {
            flags = AllocFlags.NO_WATERMARKS | (flags & KEPT_WITH_RESERVES); // from here on
            frame = takeNow(list, gfp, order, flags);
        }
        return frame != NONE || !Gfp.allowsBlocking(gfp)
                ? frame
                : new RetryRounds(this, list, gfp, order, flags).take();
    }

    /** Without waiting. */
    int takeNow(ZoneList list, int gfp, int order, int flags) {
        wakeKswapd(list, gfp, order, flags);
        return lists.takeFrom(list, gfp, order, flags);
    }

    private void wakeKswapd(ZoneList list, int gfp, int order, int flags) {
        if ((flags & AllocFlags.KSWAPD) == 0) {
            return;
        }
        int lastNode = -1;
        for (Zone zone : list.zones()) {
            if (zone.nid() != lastNode) {
                pressure.wakeKswapd(zone.nid(), list.highest(), order, gfp);
            }
            lastNode = zone.nid();
        }
    }

    private static boolean mayUseAllReserves(int gfp) {
        return (gfp & Gfp.__GFP_MEMALLOC) != 0 && (gfp & Gfp.__GFP_NOMEMALLOC) == 0;
    }

    /** The request must not fail: it waits for others to give memory back, and may use the reserve meanwhile. */
    private int takeWaiting(ZoneList list, int gfp, int order) {
        boolean interrupted = false;
        try {
            int frame = lists.takeFrom(list, gfp, order, AllocFlags.MIN_RESERVE);
            while (frame == NONE) {
                interrupted |= Thread.interrupted(); // an interrupted thread would not park
                LockSupport.parkNanos(this, NOFAIL_WAIT_NANOS);
                frame = takeOrRetry(list, gfp, order);
                frame = frame == NONE ? lists.takeFrom(list, gfp, order, AllocFlags.MIN_RESERVE) : frame;
            }
            return frame;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // Parts, for the rounds.

    FreeLists lists() {
        return lists;
    }

    MemoryPressure pressure() {
        return pressure;
    }

    Compactor compactor() {
        return compactor;
    }

    LastResort lastResort() {
        return lastResort;
    }

    Tracepoints trace() {
        return trace;
    }
}
