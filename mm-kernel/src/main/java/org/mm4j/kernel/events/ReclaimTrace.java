package org.mm4j.kernel.events;

import org.mm4j.api.Gfp;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.ReclaimTracepoints;
import org.mm4j.kernel.events.ReclaimEvents.DirectReclaimBegin;
import org.mm4j.kernel.events.ReclaimEvents.DirectReclaimEnd;
import org.mm4j.kernel.events.ReclaimEvents.KswapdSleep;
import org.mm4j.kernel.events.ReclaimEvents.KswapdWake;
import org.mm4j.kernel.events.ReclaimEvents.ShrinkSlabEnd;
import org.mm4j.kernel.events.ReclaimEvents.ShrinkSlabStart;
import org.mm4j.kernel.events.ReclaimEvents.WakeupKswapd;

/** The part of {@link FlightRecorderTrace} that tells of reclaim. */
interface ReclaimTrace extends ReclaimTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    KswapdSleep KSWAPD_SLEEP = new KswapdSleep();
    KswapdWake KSWAPD_WAKE = new KswapdWake();
    WakeupKswapd WAKEUP_KSWAPD = new WakeupKswapd();
    DirectReclaimBegin DIRECT_RECLAIM_BEGIN = new DirectReclaimBegin();
    DirectReclaimEnd DIRECT_RECLAIM_END = new DirectReclaimEnd();
    ShrinkSlabStart SHRINK_SLAB_START = new ShrinkSlabStart();
    ShrinkSlabEnd SHRINK_SLAB_END = new ShrinkSlabEnd();

    @Override
    default void mmVmscanKswapdSleep(int nid) {
        if (KSWAPD_SLEEP.isEnabled()) {
            var event = new KswapdSleep();
            event.nid = nid;
            event.commit();
        }
    }

    @Override
    default void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {
        if (KSWAPD_WAKE.isEnabled()) {
            var event = new KswapdWake();
            event.nid = nid;
            event.zid = zid.ordinal();
            event.order = order;
            event.commit();
        }
    }

    @Override
    default void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {
        if (WAKEUP_KSWAPD.isEnabled()) {
            var event = new WakeupKswapd();
            event.nid = nid;
            event.zid = zid.ordinal();
            event.order = order;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    default void mmVmscanDirectReclaimBegin(int order, int gfp) {
        if (DIRECT_RECLAIM_BEGIN.isEnabled()) {
            var event = new DirectReclaimBegin();
            event.order = order;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    default void mmVmscanDirectReclaimEnd(long nrReclaimed) {
        if (DIRECT_RECLAIM_END.isEnabled()) {
            var event = new DirectReclaimEnd();
            event.nrReclaimed = nrReclaimed;
            event.commit();
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
        if (SHRINK_SLAB_START.isEnabled()) {
            var event = new ShrinkSlabStart();
            event.shr = shr;
            event.nid = nid;
            event.nrObjectsToShrink = nrObjectsToShrink;
            event.gfpFlags = Gfp.format(gfp);
            event.cacheItems = cacheItems;
            event.delta = delta;
            event.totalScan = totalScan;
            event.priority = priority;
            event.commit();
        }
    }

    @Override
    default void mmShrinkSlabEnd(String shr, int nid, long unusedScan, long newScan, long totalScan, long retval) {
        if (SHRINK_SLAB_END.isEnabled()) {
            var event = new ShrinkSlabEnd();
            event.shr = shr;
            event.nid = nid;
            event.unusedScan = unusedScan;
            event.newScan = newScan;
            event.totalScan = totalScan;
            event.retval = retval;
            event.commit();
        }
    }
}
