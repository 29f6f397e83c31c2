package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.FaultySemaphore;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ZoneType;

/**
 * When no round helps: one request at a time asks for somebody's end, the others wait a little and try again.
 *
 * <p>Nobody is ended for the sake of a request that is large, may fail, is bound to one node, or wants a zone below Normal:
 * memory that comes free would hardly be what it wants.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __alloc_pages_may_oom().
 */
final class LastResort {
    private static final int NONE = FreeLists.NONE;
    private static final int WITHOUT = Gfp.__GFP_RETRY_MAYFAIL | Gfp.__GFP_THISNODE;
    private static final long TICK_NANOS = 1_000_000;

    private static final Outcome FAILS = new Outcome(NONE, false);
    private static final Outcome WORTH_RETRY = new Outcome(NONE, true);

    /** A frame, or whether another round may find one. */
    record Outcome(int frame, boolean isWorthRetry) {}

    private final FreeLists lists;
    private final MemoryPressure pressure;
    private final KernelLog log;

    /** In Linux: oom_lock. Held while a victim frees; whoever wants it then only waits a tick. */
    private final Semaphore oom;

    LastResort(FreeLists lists, BuddyConfig config) {
        this.lists = lists;
        pressure = config.pressure();
        log = config.log();
        oom = FaultySemaphore.of(config.trylock());
    }

    Outcome take(ZoneList list, int gfp, int order) {
        if (!oom.tryAcquire()) {
            LockSupport.parkNanos(this, TICK_NANOS);
            return WORTH_RETRY;
        }
        try {
            return takeAlone(list, gfp, order);
        } finally {
            oom.release();
        }
    }

    private Outcome takeAlone(ZoneList list, int gfp, int order) {
        int atHigh = AllocFlags.WMARK_HIGH | AllocFlags.cma(gfp);
        int frame = lists.takeFrom(list, gfp, order, atHigh); // somebody may have been ended a moment ago
        if (frame != NONE) {
            return new Outcome(frame, false);
        }
        if (order > PAGE_ALLOC_COSTLY_ORDER
                || (gfp & WITHOUT) != 0
                || list.highest().compareTo(ZoneType.NORMAL) < 0) {
            return FAILS;
        }
        boolean hasFreed = pressure.outOfMemory(list.nid(), gfp, order);
        if ((gfp & Gfp.__GFP_NOFAIL) == 0) {
            return hasFreed ? WORTH_RETRY : FAILS;
        }
        if (!hasFreed && (gfp & Gfp.__GFP_NOWARN) == 0) {
            log.warnOnce("nofail-oom", "__GFP_NOFAIL met the end of memory, and nobody to end: " + Gfp.format(gfp));
        }
        int unlimited = AllocFlags.NO_WATERMARKS | AllocFlags.cma(gfp);
        return new Outcome(lists.takeFrom(list, gfp, order, unlimited), hasFreed);
    }
}
