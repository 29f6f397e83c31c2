package org.mm4j.lab.report;

import java.util.List;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.replay.Checked;
import org.mm4j.lab.replay.FreeSample;
import org.mm4j.lab.replay.ReplayResult;

/** What the figures of a replay mean, in sentences. */
final class Sentences {
    private Sentences() {}

    static String verdict(ReplayResult result) {
        if (result.isGood()) {
            return "No invariant is broken, and every page came back.";
        }
        return Html.number(result.invariantViolations()) + " broken invariants, and "
                + Html.number(result.leakedAfterTeardown()) + " pages that did not come back.";
    }

    static String comparison(String what, Checked checked) {
        return checked.checked() == 0
                ? "not compared"
                : Html.number(checked.equal()) + " of " + Html.number(checked.checked()) + " " + what
                        + " as the real kernel printed";
    }

    static String freeMemory(List<FreeSample> samples) {
        FreeSample first = samples.getFirst();
        FreeSample last = samples.getLast();
        return "Each band is the free memory in blocks of one size, the largest at the bottom: where a large block is split, "
                + "its band becomes thinner and those above it appear; where buddies merge, it is the other way round. "
                + largestBlocks(first, last)
                + " Click on an order below the plot to hide its band, and drag over the plot to look closer.";
    }

    private static String largestBlocks(FreeSample first, FreeSample last) {
        int order = PageFrame.MAX_PAGE_ORDER;
        return "Here the blocks of 4 MiB went from " + blocks(first, order) + " to " + blocks(last, order) + ", and "
                + share(last) + " % of what is free at the end lies in smaller ones.";
    }

    private static String blocks(FreeSample sample, int order) {
        return Html.number(sample.pagesFree().get(order) >>> order);
    }

    private static long share(FreeSample sample) {
        long free = sample.pagesFree().stream().mapToLong(Long::longValue).sum();
        long large = sample.pagesFree().get(PageFrame.MAX_PAGE_ORDER);
        return free == 0 ? 0 : Math.round(100.0 * (free - large) / free);
    }

    static String livePages(ReplayResult result, List<FreeSample> samples) {
        long peak = samples.stream().mapToLong(FreeSample::pagesLive).max().orElse(0);
        return "The memory that the replay holds: steps up are allocations, steps down are frees. It was "
                + Html.size(peak)
                + " at the most; the " + Html.size(result.livePagesAtEnd())
                + " at the end were not freed before the recording stopped, which is no leak.";
    }

    static String latency(ReplayResult result) {
        return "Half of the calls took no longer than p50, 99 of 100 no longer than p99, 999 of 1000 no longer than p99.9; "
                + "one call in 17 was timed, and the clock itself takes some 20 of these nanoseconds. "
                + (result.rounds() > 1
                        ? "Taken from " + result.rounds() + " unobserved rounds, after the JVM had compiled the code."
                        : "Taken from the observed round.");
    }

    static String skipped(ReplayResult result) {
        return "Of " + Html.number(result.events()) + " events, " + Html.number(result.applied())
                + " were replayed and " + Html.number(result.unmatchedFrees())
                + " free pages that had been taken before the recording began; these were not.";
    }
}
