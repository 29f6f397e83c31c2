package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of compaction, as events of the flight recorder.
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
}
