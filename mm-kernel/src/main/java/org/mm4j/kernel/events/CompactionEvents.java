package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of compaction; frames are pfns, an order of -1 stands for no order, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/compaction.h.
 */
final class CompactionEvents {
    private CompactionEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "compaction"})
    @Enabled(false)
    @StackTrace
    abstract static class CompactionEvent extends Event {}

    /** What a scanner took. */
    abstract static class Isolated extends CompactionEvent {
        @Name("start_pfn")
        @Label("First Page Frame")
        long startPfn;

        @Name("end_pfn")
        @Label("Page Frame behind the Last")
        long endPfn;

        @Name("nr_scanned")
        @Label("Pages Looked at")
        long nrScanned;

        @Name("nr_taken")
        @Label("Pages Taken")
        long nrTaken;
    }

    /** What was found to move in a pageblock. */
    @Name("org.mm4j.mm_compaction_isolate_migratepages")
    @Label("Pages to Move")
    static final class IsolateMigratepages extends Isolated {}

    /** What free pages were taken of a pageblock. */
    @Name("org.mm4j.mm_compaction_isolate_freepages")
    @Label("Pages to Move to")
    static final class IsolateFreepages extends Isolated {}

    /** What was moved of a pageblock. */
    @Name("org.mm4j.mm_compaction_migratepages")
    @Label("Pages Moved")
    static final class Migratepages extends CompactionEvent {
        @Name("nr_migrated")
        @Label("Pages Moved")
        long nrMigrated;

        @Name("nr_failed")
        @Label("Pages That Stayed")
        long nrFailed;
    }

    /** A zone is compacted. */
    @Name("org.mm4j.mm_compaction_begin")
    @Label("Compaction Begins")
    static final class CompactionBegin extends CompactionEvent {
        @Name("zone_start")
        @Label("First Page Frame")
        long zoneStart;

        @Name("migrate_pfn")
        @Label("Migrate Scanner")
        long migratePfn;

        @Name("free_pfn")
        @Label("Free Scanner")
        long freePfn;

        @Name("zone_end")
        @Label("Page Frame behind the Zone")
        long zoneEnd;

        @Label("May Wait")
        boolean sync;
    }

    /** How it ended. */
    @Name("org.mm4j.mm_compaction_end")
    @Label("Compaction Ends")
    static final class CompactionEnd extends CompactionEvent {
        @Name("zone_start")
        @Label("First Page Frame")
        long zoneStart;

        @Name("migrate_pfn")
        @Label("Migrate Scanner")
        long migratePfn;

        @Name("free_pfn")
        @Label("Free Scanner")
        long freePfn;

        @Name("zone_end")
        @Label("Page Frame behind the Zone")
        long zoneEnd;

        @Label("May Wait")
        boolean sync;

        @Label("Result")
        String status = "";
    }

    /** A request compacts itself. */
    @Name("org.mm4j.mm_compaction_try_to_compact_pages")
    @Label("Direct Compaction")
    static final class TryToCompactPages extends CompactionEvent {
        @Label("Order")
        int order;

        @Name("gfp_mask")
        @Label("Flags")
        String gfpMask = "";

        @Label("Priority")
        int prio;
    }

    /** A zone, and what was found of it. */
    abstract static class ZoneResult extends CompactionEvent {
        @Label("Node")
        int nid;

        @Label("Zone")
        String idx = "";

        @Label("Order")
        int order;

        @Label("Result")
        String ret = "";
    }

    /** Whether a compaction has done enough. */
    @Name("org.mm4j.mm_compaction_finished")
    @Label("Compaction Has Done Enough")
    static final class Finished extends ZoneResult {}

    /** Whether a zone has room to compact. */
    @Name("org.mm4j.mm_compaction_suitable")
    @Label("Compaction Has Room")
    static final class Suitable extends ZoneResult {}

    /** A zone, and how long it is left alone. */
    abstract static class Deferral extends CompactionEvent {
        @Label("Node")
        int nid;

        @Label("Zone")
        String idx = "";

        @Label("Order")
        int order;

        @Label("Requests Left Alone")
        int considered;

        @Name("defer_shift")
        @Label("Shift")
        int deferShift;

        @Name("order_failed")
        @Label("Smallest Order That Failed")
        int orderFailed;
    }

    /** A request leaves a zone alone that failed lately. */
    @Name("org.mm4j.mm_compaction_deferred")
    @Label("Compaction Left Alone")
    static final class Deferred extends Deferral {}

    /** A zone was compacted in vain. */
    @Name("org.mm4j.mm_compaction_defer_compaction")
    @Label("Compaction Failed")
    static final class DeferCompaction extends Deferral {}

    /** A zone has a block of the order again. */
    @Name("org.mm4j.mm_compaction_defer_reset")
    @Label("Compaction Has Hope")
    static final class DeferReset extends Deferral {}

    /** The thread of a node goes to sleep. */
    @Name("org.mm4j.mm_compaction_kcompactd_sleep")
    @Label("Kcompactd Sleeps")
    static final class KcompactdSleep extends CompactionEvent {
        @Label("Node")
        int nid;
    }

    /** A node, and what is asked of it. */
    abstract static class KcompactdRequest extends CompactionEvent {
        @Label("Node")
        int nid;

        @Label("Order")
        int order;

        @Name("highest_zoneidx")
        @Label("Highest Zone")
        String highestZoneidx = "";
    }

    /** Somebody wants a block. */
    @Name("org.mm4j.mm_compaction_wakeup_kcompactd")
    @Label("Kcompactd is Asked for")
    static final class WakeupKcompactd extends KcompactdRequest {}

    /** The thread of a node begins to compact. */
    @Name("org.mm4j.mm_compaction_kcompactd_wake")
    @Label("Kcompactd Wakes")
    static final class KcompactdWake extends KcompactdRequest {}
}
