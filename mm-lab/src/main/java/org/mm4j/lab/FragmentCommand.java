package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.reclaim.CompactionOptions;
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
                    + "many threads, and shows how much of memory is free in whole pageblocks of 2 MiB, four times: with much "
                    + "compaction ahead of requests, with the kernel's default, with the default while somebody asks for "
                    + "blocks of 2 MiB, and without compaction. Checks everything, and writes a page with the plot.",
            "",
            "On a Linux machine /proc/sys/vm/compaction_proactiveness is the setting, 20 by default: kcompactd then rests "
                    + "while a tenth of the free memory is whole, and requests for large blocks have the rest compacted when "
                    + "they come."
        },
        footer = {"", "Example:", "  mm fragment --memory 256M --proactiveness 50"})
final class FragmentCommand implements Callable<Integer> {
    private static final long BYTES_MIN = 32L << 20;
    private static final int THREADS_MAX = 64;
    private static final int ROUNDS_MAX = 100_000;
    private static final int PROACTIVENESS_OF_LINUX = CompactionOptions.DEFAULT.proactiveness();

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
        try (ProgressLine progress = new ProgressLine(surroundings, "fragment", " rounds", 1, 4L * options.rounds())) {
            Runs runs = new Runs(options, violations, progress);
            FragmentSeries with = runs.next(options.proactiveness(), false);
            FragmentSeries byDefault = runs.next(PROACTIVENESS_OF_LINUX, false);
            FragmentSeries asked = runs.next(PROACTIVENESS_OF_LINUX, true);
            FragmentSeries without = runs.next(0, false);
            return new FragmentResult(
                    (options.bytes() >> 20) + " MiB, 1 node, " + options.threads() + " CPUs",
                    options.threads(),
                    options.rounds(),
                    options.proactiveness(),
                    with,
                    byDefault,
                    asked,
                    without,
                    violations);
        }
    }

    /** One run after the other, each on a kernel of its own. */
    private static final class Runs {
        private final FragmentOptions options;
        private final List<String> violations;
        private final ProgressLine progress;
        private long roundsDone;

        Runs(FragmentOptions options, List<String> violations, ProgressLine progress) {
            this.options = options;
            this.violations = violations;
            this.progress = progress;
        }

        FragmentSeries next(int proactiveness, boolean asksForHuge) throws InterruptedException {
            long before = roundsDone;
            roundsDone += options.rounds();
            try (Kernel kernel = Kernels.forFragments(options, proactiveness)) {
                return FragmentRun.run(kernel, options, asksForHuge, violations, round -> progress.at(before + round));
            }
        }
    }

    private static String text(FragmentResult result) {
        StringBuilder text = new StringBuilder();
        text.append("kernel        " + result.kernel() + "\n")
                .append("rounds        " + result.rounds() + ", each replaces a tenth of the half of memory in use, on "
                        + result.threads() + " threads\n")
                .append("compaction    how much of memory is free in whole pageblocks, of 50 % that are free\n")
                .append(line("proactive " + result.proactiveness(), result.withCompaction()))
                .append(line("default, asked", result.asked()))
                .append(line("default", result.byDefault()))
                .append(line("off", result.without()))
                .append(
                        "              default is proactiveness 20: kcompactd rests while a tenth of what is free is whole. Asked: "
                                + "somebody takes blocks of 2 MiB after each round and gives them back, and each such request compacts\n");
        if (result.isGood()) {
            text.append("checks        all passed: no page lost what was in it, and no invariant is broken\n");
        }
        result.violations().forEach(violation -> text.append("broken        " + violation + "\n"));
        return text.toString();
    }

    private static String line(String setting, FragmentSeries series) {
        return String.format(
                Locale.ROOT,
                "  %-14s %4.1f %%, %4.1f %% after the worst round; %,d pages moved, %,d runs of kcompactd ahead of requests%n",
                setting,
                series.last(),
                series.least(),
                series.blocksMoved(),
                series.runs());
    }
}
