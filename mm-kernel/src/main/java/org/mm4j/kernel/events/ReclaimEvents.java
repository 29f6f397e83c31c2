package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of reclaim, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/vmscan.h.
 */
final class ReclaimEvents {
    private ReclaimEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "vmscan"})
    @Enabled(false)
    @StackTrace
    abstract static class ReclaimEvent extends Event {}

    /** The thread of a node goes to sleep. */
    @Name("org.mm4j.mm_vmscan_kswapd_sleep")
    @Label("Kswapd Sleeps")
    static final class KswapdSleep extends ReclaimEvent {
        @Label("Node")
        int nid;
    }

    /** The thread of a node begins to reclaim. */
    @Name("org.mm4j.mm_vmscan_kswapd_wake")
    @Label("Kswapd Wakes")
    static final class KswapdWake extends ReclaimEvent {
        @Label("Node")
        int nid;

        @Label("Zone")
        int zid;

        @Label("Order")
        int order;
    }

    /** Somebody found that memory runs low. */
    @Name("org.mm4j.mm_vmscan_wakeup_kswapd")
    @Label("Kswapd is Asked for")
    static final class WakeupKswapd extends ReclaimEvent {
        @Label("Node")
        int nid;

        @Label("Zone")
        int zid;

        @Label("Order")
        int order;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";
    }

    /** A request reclaims itself. */
    @Name("org.mm4j.mm_vmscan_direct_reclaim_begin")
    @Label("Direct Reclaim Begins")
    static final class DirectReclaimBegin extends ReclaimEvent {
        @Label("Order")
        int order;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";
    }

    /** What a request has reclaimed. */
    @Name("org.mm4j.mm_vmscan_direct_reclaim_end")
    @Label("Direct Reclaim Ends")
    static final class DirectReclaimEnd extends ReclaimEvent {
        @Name("nr_reclaimed")
        @Label("Pages")
        long nrReclaimed;
    }

    /** A shrinker is to look at objects. */
    @Name("org.mm4j.mm_shrink_slab_start")
    @Label("Shrinker Begins")
    static final class ShrinkSlabStart extends ReclaimEvent {
        @Label("Shrinker")
        String shr = "";

        @Label("Node")
        int nid;

        @Name("nr_objects_to_shrink")
        @Label("Objects Deferred Before")
        long nrObjectsToShrink;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";

        @Name("cache_items")
        @Label("Objects")
        long cacheItems;

        @Label("Objects by Pressure")
        long delta;

        @Name("total_scan")
        @Label("Objects to Look at")
        long totalScan;

        @Label("Priority")
        int priority;
    }

    /** What a shrinker has done. */
    @Name("org.mm4j.mm_shrink_slab_end")
    @Label("Shrinker Ends")
    static final class ShrinkSlabEnd extends ReclaimEvent {
        @Label("Shrinker")
        String shr = "";

        @Label("Node")
        int nid;

        @Name("unused_scan")
        @Label("Objects Deferred Before")
        long unusedScan;

        @Name("new_scan")
        @Label("Deferred Objects")
        long newScan;

        @Name("total_scan")
        @Label("Objects Not Looked at")
        long totalScan;

        @Label("Objects Freed")
        long retval;
    }
}
