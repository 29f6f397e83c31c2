package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of requests that find no memory, and who is ended for them, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/oom.h.
 */
final class OomEvents {
    private OomEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "oom"})
    @Enabled(false)
    @StackTrace
    abstract static class OomEvent extends Event {}

    /** Somebody is ended. */
    @Name("org.mm4j.mark_victim")
    @Label("Out of Memory")
    static final class MarkVictim extends OomEvent {
        @Label("Name")
        String comm = "";

        @Name("total_vm")
        @Label("KiB")
        long totalVm;

        @Name("oom_score_adj")
        @Label("Adjustment")
        int oomScoreAdj;
    }

    /** Whether a zone could serve a request after all. */
    @Name("org.mm4j.reclaim_retry_zone")
    @Label("Reclaim is Worth a Retry")
    static final class ReclaimRetryZone extends OomEvent {
        @Label("Node")
        int node;

        @Name("zone_idx")
        @Label("Zone")
        String zoneIdx = "";

        @Label("Order")
        int order;

        @Label("Reclaimable Pages")
        long reclaimable;

        @Label("Free and Reclaimable Pages")
        long available;

        @Name("min_wmark")
        @Label("Minimum")
        long minWmark;

        @Name("no_progress_loops")
        @Label("Rounds without Progress")
        int noProgressLoops;

        @Name("wmark_check")
        @Label("Passes")
        boolean wmarkCheck;
    }

    /** Whether a request compacts once more. */
    @Name("org.mm4j.compact_retry")
    @Label("Compaction is Worth a Retry")
    static final class CompactRetry extends OomEvent {
        @Label("Order")
        int order;

        @Label("Priority")
        String priority = "";

        @Label("Result")
        String result = "";

        @Label("Retries")
        int retries;

        @Name("max_retries")
        @Label("Most Retries")
        int maxRetries;

        @Label("Retries Again")
        boolean ret;
    }
}
