package org.mm4j.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * One process of jcstress and what it found, by test. The exit code alone is worth little: jcstress ends with 0 when no
 * test could run, and when no fork could start.
 */
final class JcstressRun {
    /** The column of a table in which the results end. */
    private static final int RESULT_END = 45;

    private final int exitCode;
    private final Map<String, List<TestResult>> results = new TreeMap<>();

    private JcstressRun(int exitCode) {
        this.exitCode = exitCode;
    }

    /**
     * Runs the tests whose names match the regular expression.
     *
     * @param folder where the process runs and leaves its report; made if need be
     * @throws AssertionError when it is not done within the budget; its processes are killed
     */
    static JcstressRun of(Path jar, Path folder, String tests, int iterations, Duration iteration, Duration budget)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path console = folder.resolve("console.txt");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                jar.toString(),
                "-v",
                "-t",
                tests,
                "-f",
                "1",
                "-iters",
                Integer.toString(iterations),
                "-time",
                Long.toString(iteration.toMillis()),
                "-sc",
                "false",
                "-jvmArgs",
                "-XX:+UseSerialGC",
                "-r",
                "report");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(console.toFile())
                .start();
        try {
            if (!process.waitFor(budget.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("jcstress was not done after " + budget.toSeconds() + " s; it waited for "
                        + unreported(Files.readString(console)) + "; see " + console);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        var run = new JcstressRun(process.exitValue());
        run.read(folder);
        return run;
    }

    /** The tests that the console does not name yet. */
    private static List<String> unreported(String console) {
        return TestList.tests().stream()
                .filter(test -> !console.contains("] " + test + '\n'))
                .sorted()
                .toList();
    }

    private void read(Path folder) throws IOException {
        List<Path> blobs;
        try (var files = Files.list(folder)) {
            blobs = files.filter(f -> f.getFileName().toString().endsWith(".bin.gz"))
                    .toList();
        }
        for (Path blob : blobs) {
            var collector = new InProcessCollector();
            var reader = new DiskReadCollector(blob.toString(), collector);
            try {
                reader.dump();
            } catch (ClassNotFoundException e) {
                throw new IOException(e);
            } finally {
                reader.close();
            }
            for (TestResult result : collector.getTestResults()) {
                results.computeIfAbsent(result.getName(), _ -> new ArrayList<>())
                        .add(result);
            }
        }
    }

    int exitCode() {
        return exitCode;
    }

    boolean ran(String test) {
        return results.containsKey(test);
    }

    /** What speaks against the test: forbidden outcomes, errors, forks that did not count anything. */
    List<String> failures(String test) {
        List<String> failures = new ArrayList<>();
        for (TestResult result : results.getOrDefault(test, List.of())) {
            if (result.status() != Status.NORMAL) {
                failures.add("status " + result.status());
                failures.addAll(result.getMessages());
                failures.addAll(result.getVmErr());
            } else if (result.getTotalCount() == 0) {
                failures.add("nothing was counted");
            }
            failures.addAll(result.grading().failureMessages);
            if (!result.grading().isPassed && failures.isEmpty()) {
                failures.add("not passed");
            }
        }
        return failures;
    }

    /** How often outcomes of this grade were seen. */
    long count(String test, Expect expect) {
        return outcomes(test).values().stream()
                .filter(o -> o.expect == expect)
                .mapToLong(o -> o.count)
                .sum();
    }

    /** The outcomes of all configurations of the test, added up. */
    private Map<String, GradingResult> outcomes(String test) {
        Map<String, GradingResult> sum = new TreeMap<>();
        for (TestResult result : results.getOrDefault(test, List.of())) {
            for (GradingResult o : result.grading().gradingResults.values()) {
                sum.merge(o.id, o, (a, b) -> new GradingResult(a.id, a.expect, a.count + b.count, a.description));
            }
        }
        return sum;
    }

    /** The head of the tables: on which machine they were made. */
    static String tableHead() {
        String machine = Runtime.getRuntime().availableProcessors() + "-core "
                + System.getProperty("os.arch").replace("amd64", "x86_64") + ", "
                + System.getProperty("java.vendor.version", "Java " + Runtime.version());
        return row(machine, "RESULT", "SAMPLES", "FREQ", "EXPECT");
    }

    /** What was seen in the test, as it is written above the test in its source. */
    String table(String test) {
        Map<String, GradingResult> outcomes = outcomes(test);
        long total =
                Math.max(1, outcomes.values().stream().mapToLong(o -> o.count).sum());
        var text = new StringBuilder();
        for (GradingResult o : outcomes.values()) {
            text.append(row(
                    text.isEmpty() ? "  " + test.substring(test.lastIndexOf('.') + 1) : "",
                    o.id,
                    String.format(Locale.ROOT, "%,d", o.count),
                    String.format(Locale.ROOT, "%.4f%%", 100.0 * o.count / total),
                    o.expect.toString().replace("ACCEPTABLE_", "").toLowerCase(Locale.ROOT)));
        }
        return text.toString();
    }

    /** The result ends in a column of its own; a long one takes from the room of the name. */
    private static String row(String name, String result, String samples, String share, String expect) {
        String gap = " ".repeat(Math.max(1, RESULT_END - name.length() - result.length()));
        return String.format(Locale.ROOT, "%s%s%s %12s %10s  %s%n", name, gap, result, samples, share, expect);
    }
}
