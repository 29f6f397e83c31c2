package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/**
 * Tracepoints of reclaim. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/vmscan.h.
 */
public interface ReclaimTracepoints {
    /** The thread of a node goes to sleep. */
    default void mmVmscanKswapdSleep(int nid) {}

    /** The thread of a node begins to reclaim. */
    default void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {}

    /** Somebody found that memory runs low. {@code zid}: the highest zone that would do. */
    default void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {}

    /** A request begins to reclaim itself. */
    default void mmVmscanDirectReclaimBegin(int order, int gfp) {}

    /** The end of {@link #mmVmscanDirectReclaimBegin}. */
    default void mmVmscanDirectReclaimEnd(long nrReclaimed) {}

    /** A shrinker is to look at objects: of {@code cacheItems} so many as {@code totalScan}; the others are deferred. */
    default void mmShrinkSlabStart(
            String shr,
            int nid,
            long nrObjectsToShrink,
            int gfp,
            long cacheItems,
            long delta,
            long totalScan,
            int priority) {}

    /** The end of {@link #mmShrinkSlabStart}: what was deferred before and is now, what was not looked at, what was freed. */
    default void mmShrinkSlabEnd(String shr, int nid, long unusedScan, long newScan, long totalScan, long retval) {}
}
