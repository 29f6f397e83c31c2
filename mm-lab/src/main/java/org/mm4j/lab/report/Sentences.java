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
            return "No invariant is broken, and every page and object came back.";
        }
        return Html.number(result.invariantViolations()) + " broken invariants, and "
                + Html.number(result.leakedAfterTeardown()) + " pages or objects that did not come back.";
    }

    static String engine(String name) {
        return switch (name) {
            case "cpu_slab" -> "cpu_slab: each CPU takes objects from one slab, as in Linux 6.18";
            case "owned" -> "owned: each CPU's slot has a stack of objects that a thread owns";
            case "sheaves" -> "sheaves: each CPU's slot has two arrays of objects, as Linux 6.18 can have";
            default -> name;
        };
    }

    static String comparison(String what, Checked checked) {
        return checked.checked() == 0
                ? "not compared"
                : Html.number(checked.equal()) + " of " + Html.number(checked.checked()) + " " + what
                        + " as the real kernel printed";
    }

    static String vmapAreas(Checked checked) {
        return checked.checked() == 0
                ? "none in the trace"
                : Html.number(checked.equal()) + " of " + Html.number(checked.checked())
                        + " are as large and as aligned as the real kernel's, and overlap no other";
    }

    static String freeMemory(List<FreeSample> samples) {
        int order = PageFrame.MAX_PAGE_ORDER;
        return "Each band is the free memory in blocks of one size, the largest at the bottom: what is missing at the top is in "
                + "use. Here the free blocks of 4 MiB went from " + blocks(samples.getFirst(), order) + " to "
                + blocks(samples.getLast(), order) + ".";
    }

    static String smallBlocks(List<FreeSample> samples) {
        return "The same without the largest blocks: where one of 4 MiB is split, its halves, quarters and so on appear here; "
                + "where buddies are both free again, they merge and go. At the end, " + share(samples.getLast())
                + " % of the free memory lies in these smaller blocks. Click on an order to hide its band, and drag over a "
                + "plot to look closer.";
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
                + "one call in 17 was timed, the reading of the clock included. "
                + (result.rounds() > 1
                        ? "Taken from " + result.rounds() + " unobserved rounds, after the JVM had compiled the code."
                        : "Taken from the observed round.");
    }

    static String skipped(ReplayResult result) {
        return Html.number(result.applied()) + " of " + Html.number(result.events()) + " events were replayed. "
                + Html.number(result.unmatchedFrees())
                + " more are frees of what was taken before the recording began.";
    }
}
