package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.FaultRates;
import org.mm4j.lab.stress.JcstressOptions;
import org.mm4j.lab.stress.Protocol;
import org.mm4j.lab.stress.Protocol.Tag;
import org.mm4j.lab.stress.ProtocolPage;
import org.mm4j.lab.stress.StressRun;
import org.mm4j.lab.stress.StressTests;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mm stress}: runs the stress tests for a stated time. */
@Command(
        name = "stress",
        description = {
            "Runs the stress tests: every protocol of mm4j under jcstress, each test with a twin that is broken on purpose "
                    + "and must be caught.",
            "",
            "The page stress-tests/PROTOCOLS.md tells what the protocols are."
        })
final class StressCommand implements Callable<Integer> {
    /** How thoroughly. */
    enum Mode {
        /** As ./mvnw verify. */
        QUICK,
        /** In every way of compiling. */
        FULL,
        /** The whole kernel at once. */
        SOAK
    }

    private static final Duration SOAK_TIME = Duration.ofMinutes(2);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Surroundings surroundings;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "How long, as 90s, 2m or 1h; without it, as long as the mode takes.")
    private @Nullable Duration time;

    @Option(
            names = "--only",
            paramLabel = "PROTOCOL",
            description = "Run the tests of one protocol; --list names them.")
    private @Nullable String only;

    @Option(
            names = "--mode",
            paramLabel = "quick|full|soak",
            description =
                    "quick: each test once, as ./mvnw verify does. full: compiled in every way. soak: no jcstress, but "
                            + "whole kernels with thousands of threads, or with four that meet faults, validated each "
                            + "second.")
    private Mode mode = Mode.QUICK;

    @Option(
            names = "--inject",
            paramLabel = "RATES",
            description =
                    "With a soak: make calls fail, and check that every failure is told or absorbed. 1/1000 or 0.001: "
                            + "at every point; failslab=0.001,fail_map=1/50: at some of failslab, fail_page_alloc, fail_map, "
                            + "fail_unmap, fail_trylock and fail_percpu_alloc.")
    private @Nullable String inject;

    @Option(
            names = "--weaken",
            paramLabel = "TAG",
            description = "Run the tests of a tag with its release or acquire taken out of the shipped class.")
    private @Nullable String weaken;

    @Option(names = "--list", description = "List the protocols, their tags and their tests, and run nothing.")
    private boolean list;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the page to FILE instead of mm-stress.html.")
    private String report = "mm-stress.html";

    @Option(names = "--junit", paramLabel = "FILE", description = "Write JUnit's XML to FILE instead of mm-stress.xml.")
    private String junit = "mm-stress.xml";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    StressCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        refuseContradictions();
        StressTests tests = StressTests.ofProcess()
                .orElseThrow(() -> new UsageException(
                        "the stress tests are not here; run ./mm stress in a checkout of mm4j, which builds them"));
        if (mode == Mode.SOAK) {
            SoakJob job = new SoakJob(surroundings, tests, new ReportFile(report));
            return job.run(time == null ? SOAK_TIME : time, inject == null ? "" : inject, json);
        }
        ProtocolPage page = tests.page();
        List<String> all = tests.tests();
        if (list) {
            surroundings.out().print(StressList.render(page, all));
            return Mm.GOOD;
        }
        if (weaken != null) {
            Tag tag = tag(page, weaken);
            List<String> chosen = StressTests.ofClasses(all, tag.tests()).stream()
                    .filter(test -> !StressRun.isTwin(test))
                    .toList();
            return new WeakenJob(surroundings, tests).run(tag, chosen, options(chosen.size()));
        }
        List<String> chosen = only == null
                ? all
                : StressTests.ofClasses(all, protocol(page, only).tests());
        StressJob job = new StressJob(surroundings, tests, new ReportFile(report), new ReportFile(junit));
        return job.run(mode.name().toLowerCase(Locale.ROOT), chosen, options(chosen.size()), json);
    }

    private void refuseContradictions() {
        if (weaken != null && only != null) {
            throw new UsageException("--weaken runs the tests of its tag, so --only cannot be given as well");
        }
        if (mode == Mode.SOAK && (weaken != null || only != null || list)) {
            throw new UsageException("a soak is of everything at once: --weaken, --only and --list cannot be given");
        }
        if (inject != null) {
            checkInjection(inject);
        }
        if (weaken != null && json) {
            throw new UsageException("--weaken prints sentences, so --json cannot be given as well");
        }
        if (time != null && time.compareTo(SECOND) < 0) {
            throw new UsageException("--for is at least 1s");
        }
    }

    private void checkInjection(String rates) {
        if (mode != Mode.SOAK) {
            throw new UsageException("--inject is for a soak; give --mode soak as well");
        }
        try {
            FaultRates.parse(rates);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--inject: " + e.getMessage());
        }
    }

    private JcstressOptions options(int tests) {
        JcstressOptions options = mode == Mode.FULL ? JcstressOptions.FULL : JcstressOptions.QUICK;
        if (time == null) {
            return weaken == null ? options : options.withIterations(WeakenJob.ITERATIONS);
        }
        Duration least = options.least(tests);
        if (time.compareTo(least) < 0) {
            throw new UsageException("--for " + TimeSpan.format(time) + " is too short for " + tests
                    + " tests, which need " + TimeSpan.format(least) + " at least; --only runs fewer");
        }
        return options.within(time, tests);
    }

    private static Protocol protocol(ProtocolPage page, String name) {
        return page.protocol(name)
                .orElseThrow(() -> new UsageException("there is no protocol '" + name + "'; there are "
                        + page.protocols().stream().map(Protocol::name).collect(Collectors.joining(", "))));
    }

    private static Tag tag(ProtocolPage page, String name) {
        return page.tag(name)
                .orElseThrow(() -> new UsageException("there is no tag '" + name + "'; there are "
                        + page.tags().map(Tag::name).collect(Collectors.joining(", "))));
    }
}
