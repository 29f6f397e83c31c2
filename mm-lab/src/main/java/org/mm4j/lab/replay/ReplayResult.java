package org.mm4j.lab.replay;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mm4j.kernel.BuddyInfoText;
import org.mm4j.lab.trace.TraceSummary;

/**
 * What a replay found, under the names that {@code --json} prints. {@code events} is the sum of {@code applied}, of all
 * {@code skipped}, and of {@code unmatchedFrees}.
 *
 * @param source where the trace came from
 * @param kernel what the pages were taken from
 * @param preset what kernel it is
 * @param engine what its caches keep objects for CPUs in
 * @param threads how many threads replayed
 * @param events events of the trace
 * @param lostEvents events that the recording lost
 * @param traceSeconds from the first event of the recording to the last
 * @param applied events that were replayed
 * @param skipped events that were not, by reason
 * @param unmatchedFrees frees of pages that were taken before the recording began
 * @param lostFrees blocks whose free is not in the trace
 * @param mergedFrees frees of several pieces of a block as one
 * @param splits blocks that were split to be freed in pieces
 * @param unknownGfp request flags that Linux 6.18 does not have, and how many events had them
 * @param sizeClass how many of kmalloc's size classes were equal to the recorded ones, or smaller or larger
 * @param sizeClasses what each class was asked for, and how often
 * @param cacheSize how many object sizes of named caches were
 * @param vmapArea how many vmap areas had the recorded size and alignment, and overlapped no other
 * @param migrateType how many mobilities were
 * @param failedAllocations allocations for which there was no memory
 * @param refusedRequests allocations whose flags were refused
 * @param peakLivePages pages live at once at the most, if the trace is replayed in order
 * @param livePagesAtEnd pages live after the last event
 * @param invariantViolations how many broken invariants were found
 * @param violations the first hundred of these, one sentence each
 * @param leakedAfterTeardown pages that were not free again after everything was freed, and percpu areas, objects
 *     and vmap areas in use then
 * @param seconds the time that the observed round took
 * @param rounds how many more rounds were measured
 * @param eventsPerSecond applied events a second
 * @param eventsPerSecondSingleThreaded applied events a second by one thread, 0 when not measured
 * @param latencyNanos how long allocations and frees took
 * @param allocLatencyNanos how long allocations took
 * @param freeLatencyNanos how long frees took
 * @param buddyinfo the free blocks after the last event, as in /proc/buddyinfo
 */
public record ReplayResult(
        String source,
        String kernel,
        String preset,
        String engine,
        int threads,
        long events,
        long lostEvents,
        double traceSeconds,
        long applied,
        Map<String, Long> skipped,
        long unmatchedFrees,
        long lostFrees,
        long mergedFrees,
        long splits,
        Map<String, Long> unknownGfp,
        SizesCompared sizeClass,
        List<SizeClassUse> sizeClasses,
        SizesCompared cacheSize,
        Checked vmapArea,
        Checked migrateType,
        long failedAllocations,
        long refusedRequests,
        long peakLivePages,
        long livePagesAtEnd,
        long invariantViolations,
        List<String> violations,
        long leakedAfterTeardown,
        double seconds,
        int rounds,
        long eventsPerSecond,
        long eventsPerSecondSingleThreaded,
        LatencyNanos latencyNanos,
        LatencyNanos allocLatencyNanos,
        LatencyNanos freeLatencyNanos,
        String buddyinfo) {
    /** Puts together what the three stages found. */
    public static ReplayResult of(TraceSummary trace, ReplayPlan plan, ReplayTarget kernel, ReplayOutcome outcome) {
        Resolution resolution = plan.resolution();
        ReplaySpeed speed = outcome.speed();
        return new ReplayResult(
                trace.source(),
                kernel.description(),
                kernel.preset(),
                kernel.engine(),
                outcome.threads(),
                trace.events(),
                trace.lostEvents(),
                trace.nanos() / 1e9,
                resolution.applied(),
                skipped(trace, resolution),
                resolution.unmatchedFrees(),
                resolution.lostFrees(),
                resolution.mergedFrees(),
                resolution.splits(),
                trace.unknownGfp(),
                outcome.sizeClass(),
                outcome.sizeClasses(),
                outcome.cacheSize(),
                outcome.vmapArea(),
                resolution.migrateType(),
                outcome.allocationsFailed(),
                outcome.requestsRefused(),
                plan.pagesLivePeak(),
                outcome.pagesLiveAtEnd(),
                outcome.invariantViolations(),
                outcome.violations(),
                outcome.leakedAfterTeardown(),
                outcome.seconds(),
                speed.rounds(),
                Math.round(speed.eventsPerSecond()),
                Math.round(speed.eventsPerSecondSingleThreaded()),
                speed.latencyNanos(),
                speed.allocLatencyNanos(),
                speed.freeLatencyNanos(),
                BuddyInfoText.of(outcome.nodes()));
    }

    /** Whether nothing is broken and nothing is lost. */
    public boolean isGood() {
        return invariantViolations == 0 && leakedAfterTeardown == 0;
    }

    private static Map<String, Long> skipped(TraceSummary trace, Resolution resolution) {
        Map<String, Long> skipped = new TreeMap<>(resolution.skipped());
        trace.otherEvents().forEach((name, count) -> skipped.put(SkipReason.OTHER_EVENT + name, count));
        return skipped;
    }
}
