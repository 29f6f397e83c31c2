package org.mm4j.lab.report;

import java.util.List;
import java.util.Locale;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.replay.Checked;
import org.mm4j.lab.replay.FreeSample;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.SizeClassUse;
import org.mm4j.lab.replay.SizesCompared;

/** What the figures of a replay mean, in sentences. */
final class Sentences {
    private Sentences() {}

    static String whatItIs(ReplayResult result) {
        String threads = result.threads() == 1 ? "one thread" : result.threads() + " threads";
        return String.format(
                Locale.ROOT,
                "What a Linux machine allocated and freed in %.2f seconds, as %s recorded it, done again on %s by %s.",
                result.traceSeconds(),
                result.source(),
                result.kernel(),
                threads);
    }

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
            case "debug" -> "debug: no CPU keeps objects, and every one is checked, as with slab_debug=F";
            default -> name;
        };
    }

    static String preset(String name) {
        return switch (name) {
            case "linux" -> "linux: zones, reserves and size classes as Linux 6.18 has them";
            case "library" -> "library: one zone, no reserves, and size classes that waste less";
            case "study" -> "study: two nodes, every check on, the same in every run";
            default -> name;
        };
    }

    /** All equal, or which not: smaller ones waste less, larger ones have room for checks. */
    static String sizes(String what, SizesCompared sizes) {
        if (sizes.checked() == 0) {
            return "not compared";
        }
        String equal = Html.number(sizes.equal()) + " of " + Html.number(sizes.checked()) + " " + what
                + " are as the real kernel printed";
        if (sizes.equal() == sizes.checked()) {
            return equal;
        }
        return equal + ", " + (sizes.smaller() == 0 ? "none" : Html.number(sizes.smaller())) + " smaller, "
                + (sizes.larger() == 0 ? "none" : Html.number(sizes.larger())) + " larger";
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
        return "This is /proc/buddyinfo over time: each band is the free memory in blocks of one size, the largest at the bottom: what is missing at the top is in "
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
        long kept = samples.stream().mapToLong(FreeSample::pagesKept).max().orElse(0);
        return "Below, what the replay took as pages: steps up are allocations, steps down are frees. It was "
                + Html.size(peak)
                + " at the most; the " + Html.size(result.livePagesAtEnd())
                + " at the end were not freed before the recording stopped, which is no leak. Above it, the pages behind "
                + "objects and percpu areas, " + Html.size(kept) + " at the most: slabs that fill and empty.";
    }

    static String rounding(List<SizeClassUse> classes) {
        long requested =
                classes.stream().mapToLong(SizeClassUse::bytesRequested).sum();
        long allocated =
                classes.stream().mapToLong(SizeClassUse::bytesAllocated).sum();
        long percent = allocated == 0 ? 0 : Math.round(100.0 * (allocated - requested) / allocated);
        return "kmalloc gives the next size class, and above 8k a block of pages. The dark part of a bar was asked for, the "
                + "light part nobody uses: " + percent + " % over all classes.";
    }

    static String caches() {
        return "As slabtop shows them, the largest first. The dark part of a bar is in use or kept by a CPU, the "
                + "light part is free for the next ones.";
    }

    static String vmallocinfo(ReplayResult result) {
        return result.vmapArea().checked() == 0
                ? "The trace reserves no addresses."
                : "First and last address, size, kind. Areas of 20480 bytes are the stacks of processes: 16 KiB and a guard page. "
                        + "An unpurged area was given back, and its addresses wait for the next flush.";
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
