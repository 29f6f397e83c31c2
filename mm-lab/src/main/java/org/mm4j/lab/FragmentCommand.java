package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import org.mm4j.kernel.Kernel;
import org.mm4j.lab.fragment.FragmentOptions;
import org.mm4j.lab.fragment.FragmentResult;
import org.mm4j.lab.fragment.FragmentRun;
import org.mm4j.lab.fragment.FragmentSeries;
import org.mm4j.lab.report.FragmentHtml;
import org.mm4j.lab.report.JsonReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mm fragment}: what compaction is good for. */
@Command(
        name = "fragment",
        description = {
            "Boots a kernel whose memory is half in use, replaces a tenth of the pages in use at random, round after round, on "
                    + "many threads, and shows how much of memory is free in whole pageblocks of 2 MiB: once with compaction "
                    + "in the background, once without. Checks everything, and writes a page with the plot.",
            "",
            "On a Linux machine /proc/sys/vm/compaction_proactiveness is the setting, 20 by default."
        },
        footer = {"", "Example:", "  mm fragment --memory 256M --proactiveness 50"})
final class FragmentCommand implements Callable<Integer> {
    private static final long BYTES_MIN = 32L << 20;
    private static final int THREADS_MAX = 64;
    private static final int ROUNDS_MAX = 100_000;

    private final Surroundings surroundings;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "Memory of the kernel, 32M or more. Default: 128M.")
    private Long memory = FragmentOptions.DEFAULT.bytes();

    @Option(names = "--threads", paramLabel = "N", description = "Threads, each with a CPU of its own. Default: 8.")
    private String threads = String.valueOf(FragmentOptions.DEFAULT.threads());

    @Option(names = "--rounds", paramLabel = "N", description = "How often pages are replaced. Default: 100.")
    private String rounds = String.valueOf(FragmentOptions.DEFAULT.rounds());

    @Option(
            names = "--proactiveness",
            paramLabel = "N",
            description =
                    "How much kcompactd does ahead of requests, 1 to 100. Default: 90, which leaves at most 15 %% of "
                            + "the free memory outside of whole pageblocks.")
    private String proactiveness = String.valueOf(FragmentOptions.DEFAULT.proactiveness());

    @Option(names = "--seed", paramLabel = "N", description = "Of what is replaced. Default: 1.")
    private String seed = String.valueOf(FragmentOptions.DEFAULT.seed());

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write the page to FILE instead of mm-fragment.html.")
    private String report = "mm-fragment.html";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    FragmentCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        FragmentOptions options = options();
        ReportFile file = new ReportFile(report);
        FragmentResult result = run(options);
        file.write(FragmentHtml.render(result));
        if (json) {
            surroundings.out().println(JsonReport.render(result));
        } else {
            surroundings.out().print(text(result));
            surroundings.out().println("report        " + file);
        }
        return result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED;
    }

    private FragmentOptions options() {
        if (memory < BYTES_MIN) {
            throw new UsageException("--memory is 32M or more, not " + memory + " bytes");
        }
        return new FragmentOptions(
                memory,
                (int) WholeNumber.of("--threads", threads, 1, THREADS_MAX),
                (int) WholeNumber.of("--rounds", rounds, 1, ROUNDS_MAX),
                (int) WholeNumber.of("--proactiveness", proactiveness, 1, 100),
                WholeNumber.of("--seed", seed, 0, Long.MAX_VALUE / 10));
    }

    private FragmentResult run(FragmentOptions options) throws InterruptedException {
        List<String> violations = new ArrayList<>();
        try (ProgressLine progress = new ProgressLine(surroundings, "fragment", " rounds", 1, 2L * options.rounds())) {
            FragmentSeries with = run(options, options.proactiveness(), violations, progress::at);
            FragmentSeries without = run(options, 0, violations, round -> progress.at((long) options.rounds() + round));
            return new FragmentResult(
                    (options.bytes() >> 20) + " MiB, 1 node, " + options.threads() + " CPUs",
                    options.threads(),
                    options.rounds(),
                    options.proactiveness(),
                    with,
                    without,
                    violations);
        }
    }

    private static FragmentSeries run(
            FragmentOptions options, int proactiveness, List<String> violations, IntConsumer progress)
            throws InterruptedException {
        try (Kernel kernel = Kernels.forFragments(options, proactiveness)) {
            return FragmentRun.run(kernel, options, violations, progress);
        }
    }

    private static String text(FragmentResult result) {
        StringBuilder text = new StringBuilder();
        text.append("kernel        " + result.kernel() + "\n")
                .append("rounds        " + result.rounds() + ", each replaces a tenth of the half of memory in use, on "
                        + result.threads() + " threads\n")
                .append("compaction on " + series(result.withCompaction()))
                .append(String.format(
                        Locale.ROOT,
                        "; kcompactd moved %,d pages in %,d runs\n",
                        result.withCompaction().blocksMoved(),
                        result.withCompaction().runs()))
                .append("          off " + series(result.without()) + "\n");
        if (result.isGood()) {
            text.append("checks        all passed: no page lost what was in it, and no invariant is broken\n");
        }
        result.violations().forEach(violation -> text.append("broken        " + violation + "\n"));
        return text.toString();
    }

    private static String series(FragmentSeries series) {
        return String.format(
                Locale.ROOT,
                "%.1f %% of memory is free in whole pageblocks, %.1f %% after the worst round",
                series.last(),
                series.least());
    }
}
