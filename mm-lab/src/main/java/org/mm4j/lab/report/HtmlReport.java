package org.mm4j.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.replay.FreeSample;
import org.mm4j.lab.replay.LatencyNanos;
import org.mm4j.lab.replay.ReplayOutcome;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.SkipReason;

/** One page that shows what a replay found. It needs no network: styles, scripts and data are in it. */
public final class HtmlReport {
    private final ReplayResult result;
    private final ReplayOutcome outcome;
    private final List<FreeSample> samples;
    private final Machine machine;

    /** A report about a replay; the outcome has at least one sample. */
    public HtmlReport(ReplayResult result, ReplayOutcome outcome, Machine machine) {
        this.result = result;
        this.outcome = outcome;
        this.samples = outcome.samples();
        this.machine = machine;
    }

    /** The page. */
    public String render() {
        return Page.render("mm4j: replay of " + result.source(), body(), data(), "report.js");
    }

    private String body() {
        return "<h1>A real kernel’s memory traffic, replayed</h1>\n<p class=\"soft\">"
                + Html.text(Sentences.whatItIs(result))
                + "</p>\n"
                + verdict()
                + figures()
                + Html.section(
                        "Free memory by block size",
                        "<div class=\"plot\" id=\"free\"></div>" + Html.note(Sentences.freeMemory(samples)))
                + Html.section(
                        "Free memory in blocks below 4 MiB",
                        "<div class=\"plot\" id=\"small\"></div>" + Html.note(Sentences.smallBlocks(samples)))
                + Html.section(
                        "Memory in use",
                        "<div class=\"plot\" id=\"live\"></div>" + Html.note(Sentences.livePages(result, samples)))
                + objects()
                + "<div class=\"pair\">" + latency() + comparisons() + "</div>\n"
                + "<div class=\"pair\">" + events() + ranOn() + "</div>\n"
                + Html.section(
                        "Free blocks after the last event, as in /proc/buddyinfo",
                        "<pre>" + Html.text(result.buddyinfo()) + "</pre>"
                                + Html.note(
                                        "Free blocks of order 0 (4 KiB), 1 (8 KiB) and so on to 10 (4 MiB), zone by zone."))
                + Html.section(
                        "Reserved addresses after the last event, as in /proc/vmallocinfo",
                        "<pre>" + Html.text(outcome.vmallocinfo()) + "</pre>"
                                + Html.note(Sentences.vmallocinfo(result)))
                + "<footer>Made by mm4j. The plots are drawn by uPlot, © Leon Sorokin, MIT licence.</footer>\n";
    }

    private String verdict() {
        StringBuilder violations = new StringBuilder();
        if (!result.violations().isEmpty()) {
            violations.append("<ul>");
            result.violations()
                    .forEach(each ->
                            violations.append("<li>").append(Html.text(each)).append("</li>"));
            violations.append("</ul>");
        }
        String kind = result.isGood() ? "good" : "bad";
        String word = result.isGood() ? "All checks passed." : "A check failed.";
        return "<div class=\"verdict " + kind + "\"><b>" + word + "</b><div>" + Html.text(Sentences.verdict(result))
                + violations + "</div></div>\n";
    }

    private String figures() {
        String threads = result.threads() == 1 ? "one thread" : result.threads() + " threads";
        String single = result.threads() == 1
                ? ""
                : Html.figure(Html.rate(result.eventsPerSecondSingleThreaded()), "events a second, one thread");
        return "<div class=\"figures\">"
                + Html.figure(Html.number(result.applied()), "events replayed")
                + Html.figure(Html.rate(result.eventsPerSecond()), "events a second, " + threads)
                + single
                + Html.figure(Html.size(result.peakLivePages()), "taken as pages at once at the most")
                + "</div>\n";
    }

    /** What the slab layer did: nothing where a trace has no objects. */
    private String objects() {
        return result.sizeClasses().isEmpty()
                ? ""
                : "<div class=\"pair\">"
                        + Html.section(
                                "What kmalloc rounds up to",
                                ObjectTables.sizeClasses(result.sizeClasses())
                                        + Html.note(Sentences.rounding(result.sizeClasses())))
                        + Html.section(
                                "The largest slab caches after the last event",
                                ObjectTables.caches(SlabTable.of(outcome.slabinfo())) + Html.note(Sentences.caches()))
                        + "</div>\n";
    }

    private String latency() {
        return Html.section(
                "How long a call takes, in nanoseconds",
                Html.table(
                                "<tr><th></th><th class=\"n\">p50</th><th class=\"n\">p99</th><th class=\"n\">p99.9</th></tr>\n"
                                        + latencyRow("an allocation", result.allocLatencyNanos())
                                        + latencyRow("a free", result.freeLatencyNanos())
                                        + latencyRow("either", result.latencyNanos()))
                        + Html.note(Sentences.latency(result)));
    }

    private static String latencyRow(String name, LatencyNanos nanos) {
        return "<tr><th>" + name + "</th><td class=\"n\">" + Html.number(nanos.p50()) + "</td><td class=\"n\">"
                + Html.number(nanos.p99()) + "</td><td class=\"n\">" + Html.number(nanos.p999()) + "</td></tr>\n";
    }

    private String comparisons() {
        return Html.section(
                "Compared with the real kernel",
                Html.table(Html.row(
                                "Mobility", Sentences.comparison("requests have the mobility", result.migrateType()))
                        + Html.row("kmalloc sizes", Sentences.sizes("size classes", result.sizeClass()))
                        + Html.row("Cache sizes", Sentences.sizes("object sizes", result.cacheSize()))
                        + Html.row("vmap areas", Sentences.vmapAreas(result.vmapArea()))
                        + Html.countRow("Allocations that found no memory", result.failedAllocations())
                        + Html.countRow("Allocations whose flags were refused", result.refusedRequests())
                        + Html.countRow("Broken invariants", result.invariantViolations())
                        + Html.countRow("Pages lost after everything was freed", result.leakedAfterTeardown())));
    }

    private String events() {
        StringBuilder rows = new StringBuilder();
        result.skipped().forEach((reason, count) -> rows.append(Html.countRow(SkipReason.sentenceOf(reason), count)));
        if (result.lostEvents() > 0) {
            rows.append(Html.countRow("lost while recording, as the trace says", result.lostEvents()));
        }
        return Html.section("Not replayed", Html.table(rows.toString()) + Html.note(Sentences.skipped(result)));
    }

    private String ranOn() {
        return Html.section(
                "What ran on what",
                Html.table(Html.row("Trace", result.source())
                        + Html.row(
                                "Recorded",
                                String.format(
                                        Locale.ROOT,
                                        "%.2f seconds, %s events",
                                        result.traceSeconds(),
                                        Html.number(result.events())))
                        + Html.row("Kernel", result.kernel())
                        + Html.row("Preset", Sentences.preset(result.preset()))
                        + Html.row("Slab engine", Sentences.engine(result.engine()))
                        + Html.row("Threads", Integer.toString(result.threads()))
                        + Html.row("Blocks split", Html.number(result.splits()))
                        + Html.row("Frees that the trace lost", Html.number(result.lostFrees()))
                        + Html.row("Machine", machine.cpus() + " CPUs, " + machine.system())
                        + Html.row("JVM", machine.jvm())));
    }

    private Map<String, Object> data() {
        List<List<Long>> free = new ArrayList<>();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            int each = order;
            free.add(
                    samples.stream().map(sample -> sample.pagesFree().get(each)).toList());
        }
        return Map.of(
                "steps", samples.stream().map(FreeSample::step).toList(),
                "live", samples.stream().map(FreeSample::pagesLive).toList(),
                "kept", samples.stream().map(FreeSample::pagesKept).toList(),
                "cached", samples.stream().map(FreeSample::pagesCached).toList(),
                "free", free);
    }
}
