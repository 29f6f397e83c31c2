package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.lab.stress.JcstressOptions;
import org.mm4j.lab.stress.StressHtml;
import org.mm4j.lab.stress.StressResult;
import org.mm4j.lab.stress.StressRun;
import org.mm4j.lab.stress.StressTests;
import org.mm4j.lab.stress.StressText;
import org.mm4j.lab.stress.StressXml;

/** From a choice of tests to a verdict. */
final class StressJob {
    /** A busy machine needs longer than was planned; behind that the run is ended. */
    private static final int LIMIT_FACTOR = 4;

    private static final Duration LIMIT_START = Duration.ofSeconds(60);

    private final Surroundings surroundings;
    private final StressTests tests;
    private final ReportFile page;
    private final ReportFile junit;

    StressJob(Surroundings surroundings, StressTests tests, ReportFile page, ReportFile junit) {
        this.surroundings = surroundings;
        this.tests = tests;
        this.page = page;
        this.junit = junit;
    }

    /** Runs the tests and tells; returns the exit code. */
    int run(String mode, List<String> chosen, JcstressOptions options, boolean isJson)
            throws IOException, InterruptedException {
        Duration time = options.duration(chosen.size());
        announce(surroundings, chosen.size() + " tests, twins included", time);
        long start = System.nanoTime();
        StressRun run = new StressRun(tests.classPath(), tests.folder());
        try (Interruption interruption = new Interruption(run::stop)) {
            run(run, chosen, options, limit(time));
            double seconds = (System.nanoTime() - start) / 1e9;
            StressResult result =
                    StressResult.of(StressTests.machine(), mode, seconds, chosen, run, troubles(run, chosen.size()));
            show(result, isJson);
            interruption.told();
            return result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED;
        }
    }

    private void run(StressRun run, List<String> chosen, JcstressOptions options, Duration limit)
            throws IOException, InterruptedException {
        Set<String> begun = new HashSet<>();
        try (ProgressLine progress = new ProgressLine(surroundings, "stress", " tests", 1, chosen.size())) {
            run.run(chosen, options, limit, test -> {
                begun.add(test);
                progress.at(begun.size());
            });
        }
    }

    static Duration limit(Duration time) {
        return LIMIT_START.plus(time.multipliedBy(LIMIT_FACTOR));
    }

    /** What will run, and when it will be done. */
    static void announce(Surroundings surroundings, String what, Duration time) {
        String end = LocalTime.now(ZoneId.systemDefault())
                .plus(time)
                .truncatedTo(ChronoUnit.SECONDS)
                .format(DateTimeFormatter.ISO_LOCAL_TIME);
        surroundings.err().println(what + ": about " + TimeSpan.format(time) + ", until " + end);
    }

    private static List<String> troubles(StressRun run, int planned) {
        if (run.isStopped()) {
            return List.of("interrupted: the table has what was done by then");
        }
        if (run.first().isOverdue()) {
            return List.of("ended by force, as it was far behind its time; jcstress printed "
                    + run.first().consoleFile());
        }
        boolean sawFailures =
                run.seen().values().stream().anyMatch(seen -> !seen.failures().isEmpty());
        if (run.first().exitCode() != 0 && !sawFailures) {
            return List.of("jcstress ended with " + run.first().exitCode() + " after "
                    + run.seen().size() + " of " + planned + " tests; it printed "
                    + run.first().consoleFile());
        }
        return List.of();
    }

    private void show(StressResult result, boolean isJson) {
        page.write(StressHtml.render(result));
        junit.write(StressXml.render(result));
        if (isJson) {
            surroundings.out().println(JsonReport.render(result));
            return;
        }
        surroundings.out().print(StressText.render(result));
        surroundings.out().println("report " + page + ", JUnit's XML " + junit);
    }
}
