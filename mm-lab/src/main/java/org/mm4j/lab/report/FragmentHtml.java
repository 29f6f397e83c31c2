package org.mm4j.lab.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.mm4j.lab.fragment.FragmentResult;
import org.mm4j.lab.fragment.FragmentSeries;

/** Four runs beside each other, with more compaction and less, as one page. */
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
                        "proactiveness", result.proactiveness(),
                        "with", result.withCompaction().percentWhole(),
                        "byDefault", result.byDefault().percentWhole(),
                        "asked", result.asked().percentWhole(),
                        "without", result.without().percentWhole()),
                "fragment.js");
    }

    private static String body(FragmentResult result) {
        return "<h1>Memory that falls apart, and compaction</h1>\n<p class=\"soft\">"
                + Html.text("Half of the memory is in use. In each of " + result.rounds() + " rounds "
                        + result.threads()
                        + " threads replace a tenth of the pages in use by new ones, at random. Four times: with kcompactd at "
                        + "proactiveness " + result.proactiveness() + "; at the kernel's default, 20; at the default "
                        + "while somebody asks for blocks of 2 MiB after each round and gives them back; and without "
                        + "compaction.")
                + "</p>\n" + verdict(result)
                + "<div class=\"figures\">"
                + Html.figure(
                        percent(result.withCompaction()),
                        "free in whole pageblocks, at proactiveness " + result.proactiveness())
                + Html.figure(percent(result.asked()), "at the default, 20, when somebody asks")
                + Html.figure(percent(result.byDefault()), "at the default, when nobody asks")
                + Html.figure(percent(result.without()), "without compaction")
                + "</div>\n"
                + Html.section(
                        "Memory that is free in whole pageblocks of 2 MiB",
                        "<div class=\"plot\" id=\"whole\"></div>"
                                + Html.note(
                                        "At the left, half of the pages were just freed, and lie everywhere. 50 % would be "
                                                + "all that is free. Each point was taken after a round, when kcompactd had looked "
                                                + "at the node. At the default it rests while a tenth of the free memory is "
                                                + "whole, as nobody may ever want more; whoever asks has the rest compacted. "
                                                + "Without compaction some pageblocks run "
                                                + "empty by themselves, as small free blocks are taken first."))
                + Html.section(
                        "What ran on what",
                        Html.table(Html.row("Kernel", result.kernel())
                                + Html.row("At proactiveness " + result.proactiveness(), work(result.withCompaction()))
                                + Html.row("At the default, asked", work(result.asked()))
                                + Html.row("At the default", work(result.byDefault()))
                                + Html.row("Without compaction", work(result.without()))
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

    private static String work(FragmentSeries series) {
        return String.format(
                Locale.ROOT,
                "%.2f seconds, %,d pages moved, %,d runs of kcompactd ahead of requests",
                series.seconds(),
                series.blocksMoved(),
                series.runs());
    }
}
