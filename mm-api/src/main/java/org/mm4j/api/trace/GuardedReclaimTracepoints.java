package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of reclaim. */
interface GuardedReclaimTracepoints extends ReclaimTracepoints {
    /** Who is told. */
    ReclaimTracepoints told();

    @Override
    default void mmVmscanKswapdSleep(int nid) {
        try {
            told().mmVmscanKswapdSleep(nid);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {
        try {
            told().mmVmscanKswapdWake(nid, zid, order);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {
        try {
            told().mmVmscanWakeupKswapd(nid, zid, order, gfp);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmVmscanDirectReclaimBegin(int order, int gfp) {
        try {
            told().mmVmscanDirectReclaimBegin(order, gfp);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmVmscanDirectReclaimEnd(long nrReclaimed) {
        try {
            told().mmVmscanDirectReclaimEnd(nrReclaimed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmShrinkSlabStart(
            String shr,
            int nid,
            long nrObjectsToShrink,
            int gfp,
            long cacheItems,
            long delta,
            long totalScan,
            int priority) {
        try {
            told().mmShrinkSlabStart(shr, nid, nrObjectsToShrink, gfp, cacheItems, delta, totalScan, priority);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmShrinkSlabEnd(String shr, int nid, long unusedScan, long newScan, long totalScan, long retval) {
        try {
            told().mmShrinkSlabEnd(shr, nid, unusedScan, newScan, totalScan, retval);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
