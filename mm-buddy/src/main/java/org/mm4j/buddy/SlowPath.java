package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;

/**
 * What a request does when no zone is above its low watermark: go down to the minimum, use reserves, wake kswapd,
 * reclaim, and try again as long as there is hope.
 *
 * <pre>
 *   wake kswapd -> watermark min, with the request's reserves -> all reserves (__GFP_MEMALLOC)
 *        ^                                                             |
 *        |                                     cannot wait:  fails  <--+
 *        |                                                             v
 *        +--- hope: progress, or enough is free now <---  reclaim, then the lists again
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __alloc_pages_slowpath(), should_reclaim_retry(). Differs: compaction and the OOM
 * killer are not part of the page allocator.
 */
final class SlowPath {
    private static final int NONE = AllocPath.NONE;
    private static final int MAX_RECLAIM_RETRIES = 16;
    private static final long NOFAIL_WAIT_NANOS = 1_000_000;
    private static final int NOFAIL_MAX_ORDER = 1;
    private static final int KEPT_WITH_RESERVES = AllocFlags.KSWAPD | AllocFlags.CMA;

    private final AllocPath path;
    private final MemoryPressure pressure;
    private final KernelLog log;
    private final FailureReport report;

    SlowPath(AllocPath path, BuddyConfig config) {
        this.path = path;
        pressure = config.pressure();
        log = config.log();
        report = new FailureReport(config.log(), System::nanoTime);
    }

    int take(ZoneList list, int gfp, int order) {
        boolean mayNotFail = (gfp & Gfp.__GFP_NOFAIL) != 0;
        if (mayNotFail) {
            checkNofail(gfp, order);
        }
        int frame = list.isEmpty() ? NONE : takeWithReclaim(list, gfp, order);
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

    private int takeWithReclaim(ZoneList list, int gfp, int order) {
        int flags = AllocFlags.ofSlowPath(gfp, order);
        int roundsWithoutProgress = 0;
        while (true) {
            wakeKswapd(list, gfp, order, flags);
            int frame = path.takeFrom(list, gfp, order, flags);
            if (frame == NONE && mayUseAllReserves(gfp) && (flags & AllocFlags.NO_WATERMARKS) == 0) {
                flags = AllocFlags.NO_WATERMARKS | (flags & KEPT_WITH_RESERVES); // from here on
                continue;
            }
            if (frame != NONE || !Gfp.allowsBlocking(gfp)) {
                return frame;
            }
            long pagesReclaimed = pressure.reclaim(list.nid(), gfp, order);
            frame = takeAfterReclaim(list, gfp, order, flags, pagesReclaimed > 0);
            if (frame != NONE || isOneRoundOnly(gfp, order)) {
                return frame;
            }
            boolean progress = pagesReclaimed > 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
            roundsWithoutProgress = progress ? 0 : roundsWithoutProgress + 1;
            if (!hasHope(list, gfp, order, flags, roundsWithoutProgress)) {
                return NONE;
            }
        }
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

    /**
     * What was reclaimed may have been taken by others; then a reserved pageblock is given up. Caches are drained even if
     * nothing was reclaimed, so that no request fails while others only cache what it needs.
     */
    private int takeAfterReclaim(ZoneList list, int gfp, int order, int flags, boolean progress) {
        int frame = progress ? path.takeFrom(list, gfp, order, flags) : NONE;
        if (frame != NONE) {
            return frame;
        }
        boolean hasMore = progress && unreserve(list, gfp, false);
        hasMore |= AllocPath.drainCaches(list);
        return hasMore ? path.takeFrom(list, gfp, order, flags) : NONE;
    }

    private static boolean isOneRoundOnly(int gfp, int order) {
        return (gfp & Gfp.__GFP_NORETRY) != 0
                || (order > PAGE_ALLOC_COSTLY_ORDER && (gfp & Gfp.__GFP_RETRY_MAYFAIL) == 0);
    }

    /** Whether another round could succeed. */
    private boolean hasHope(ZoneList list, int gfp, int order, int flags, int roundsWithoutProgress) {
        if (roundsWithoutProgress <= MAX_RECLAIM_RETRIES) {
            int highest = list.highestIndex();
            for (Zone zone : list.zones()) {
                long min = zone.marks().mark(AllocFlags.WMARK_MIN);
                if (roundsWithoutProgress == 0 || WatermarkTest.passes(zone, order, min, highest, flags)) {
                    return true;
                }
            }
        }
        return unreserve(list, gfp, true);
    }

    private boolean unreserve(ZoneList list, int gfp, boolean last) {
        for (Zone zone : list.zones()) {
            if (zone.unreserveHighAtomic(path.type(gfp), last)) {
                return true;
            }
        }
        return false;
    }

    /** The request must not fail: it waits for others to give memory back, and may use the reserve meanwhile. */
    private int takeWaiting(ZoneList list, int gfp, int order) {
        boolean interrupted = false;
        try {
            int flags = AllocFlags.ofSlowPath(gfp, order) | AllocFlags.MIN_RESERVE;
            int frame = path.takeFrom(list, gfp, order, flags);
            while (frame == NONE) {
                interrupted |= Thread.interrupted(); // an interrupted thread would not park
                LockSupport.parkNanos(this, NOFAIL_WAIT_NANOS);
                frame = takeWithReclaim(list, gfp, order);
                frame = frame == NONE ? path.takeFrom(list, gfp, order, flags) : frame;
            }
            return frame;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
