package org.mm4j.lab.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.mm4j.lab.fragment.FragmentResult;
import org.mm4j.lab.fragment.FragmentSeries;

/** Two runs beside each other, with compaction and without, as one page. */
public final class FragmentHtml {
    private FragmentHtml() {}

    /** The page. */
    public static String render(FragmentResult result) {
        List<Integer> rounds = IntStream.rangeClosed(0, result.rounds()).boxed().toList();
        return Page.render(
                "mm4j: fragmentation",
                body(result),
                Map.of(
                        "rounds", rounds,
                        "with", result.withCompaction().percentWhole(),
                        "without", result.without().percentWhole()),
                "fragment.js");
    }

    private static String body(FragmentResult result) {
        return "<h1>Memory that falls apart, and compaction</h1>\n<p class=\"soft\">"
                + Html.text(
                        "Half of the memory is in use. In each of " + result.rounds() + " rounds " + result.threads()
                                + " threads replace a tenth of the pages in use by new ones, at random. Twice: with kcompactd at "
                                + "proactiveness " + result.proactiveness() + ", and without it.")
                + "</p>\n" + verdict(result)
                + "<div class=\"figures\">"
                + Html.figure(percent(result.withCompaction()), "free in whole pageblocks, with compaction")
                + Html.figure(percent(result.without()), "without")
                + Html.figure(Html.number(result.withCompaction().blocksMoved()), "pages moved")
                + Html.figure(Html.number(result.withCompaction().runs()), "runs of kcompactd")
                + "</div>\n"
                + Html.section(
                        "Memory that is free in whole pageblocks of 2 MiB",
                        "<div class=\"plot\" id=\"whole\"></div>"
                                + Html.note(
                                        "At the left, half of the pages were just freed, and lie everywhere. 50 % would be "
                                                + "all that is free. Each point was taken after a round, when kcompactd had looked "
                                                + "at the node. Without it some pageblocks run "
                                                + "empty by themselves, as small free blocks are taken first."))
                + Html.section(
                        "What ran on what",
                        Html.table(Html.row("Kernel", result.kernel())
                                + Html.row("With compaction", seconds(result.withCompaction()))
                                + Html.row("Without", seconds(result.without()))
                                + Html.row(
                                        "Machine",
                                        Machine.here().cpus() + " CPUs, "
                                                + Machine.here().system())
                                + Html.row("JVM", Machine.here().jvm())))
                + "<footer>Made by mm4j. The plots are drawn by uPlot, © Leon Sorokin, MIT licence.</footer>\n";
    }

    private static String verdict(FragmentResult result) {
        StringBuilder violations = new StringBuilder();
        result.violations()
                .forEach(each ->
                        violations.append("<li>").append(Html.text(each)).append("</li>"));
        return result.isGood()
                ? "<div class=\"verdict good\"><b>All checks passed.</b><div>No page lost what was in it when it was moved, and "
                        + "no invariant is broken.</div></div>\n"
                : "<div class=\"verdict bad\"><b>A check failed.</b><div><ul>" + violations + "</ul></div></div>\n";
    }

    private static String percent(FragmentSeries series) {
        return String.format(Locale.ROOT, "%.1f %%", series.last());
    }

    private static String seconds(FragmentSeries series) {
        return String.format(Locale.ROOT, "%.2f seconds", series.seconds());
    }
}
