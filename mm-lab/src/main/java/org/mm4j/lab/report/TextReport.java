package org.mm4j.lab.report;

import java.util.Locale;
import org.mm4j.lab.replay.ReplayResult;

/** A short table for a terminal. */
public final class TextReport {
    private TextReport() {}

    /** The table of a result, and a line with the verdict. */
    public static String render(ReplayResult result) {
        StringBuilder text = new StringBuilder();
        row(text, "trace", result.source());
        row(text, "kernel", result.kernel());
        row(text, "preset", Sentences.preset(result.preset()));
        row(text, "engine", Sentences.engine(result.engine()));
        row(text, "threads", Integer.toString(result.threads()));
        row(text, "events", counts(result));
        row(
                text,
                "live pages",
                Html.number(result.livePagesAtEnd()) + " at the end, " + Html.number(result.peakLivePages())
                        + " at the most");
        if (result.sizeClass().checked() > 0) {
            row(text, "kmalloc", Sentences.sizes("size classes", result.sizeClass()));
        }
        if (result.cacheSize().checked() > 0) {
            row(text, "caches", Sentences.sizes("object sizes", result.cacheSize()));
        }
        if (result.vmapArea().checked() > 0) {
            row(text, "vmap areas", Sentences.vmapAreas(result.vmapArea()));
        }
        row(text, "mobility", Sentences.comparison("requests are", result.migrateType()));
        row(text, "speed", Html.number(result.eventsPerSecond()) + " events a second" + single(result));
        row(text, "latency", latency(result));
        if (result.failedAllocations() > 0) {
            row(text, "no memory for", Html.number(result.failedAllocations()) + " allocations");
        }
        if (result.lostEvents() > 0) {
            row(text, "lost", Html.number(result.lostEvents()) + " events while recording");
        }
        result.violations().forEach(violation -> row(text, "broken", violation));
        row(text, "verdict", (result.isGood() ? "passed: " : "FAILED: ") + Sentences.verdict(result));
        return text.toString();
    }

    private static String counts(ReplayResult result) {
        long skipped =
                result.skipped().values().stream().mapToLong(Long::longValue).sum();
        return Html.number(result.events()) + ": " + Html.number(result.applied()) + " applied, " + Html.number(skipped)
                + " skipped, " + Html.number(result.unmatchedFrees()) + " frees of what is older";
    }

    private static String single(ReplayResult result) {
        return result.threads() == 1 || result.eventsPerSecondSingleThreaded() == 0
                ? ""
                : ", " + Html.number(result.eventsPerSecondSingleThreaded()) + " by one thread";
    }

    private static String latency(ReplayResult result) {
        return String.format(
                Locale.ROOT,
                "p50 %,d ns, p99 %,d ns, p99.9 %,d ns",
                result.latencyNanos().p50(),
                result.latencyNanos().p99(),
                result.latencyNanos().p999());
    }

    private static void row(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-13s %s%n", name, value));
    }
}
