package org.mm4j.lab;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.lab.stress.SoakHtml;
import org.mm4j.lab.stress.SoakResult;
import org.mm4j.lab.stress.SoakText;
import org.mm4j.lab.stress.StressTests;

/** Runs the soak: whole kernels with many threads. It lies with the stress tests, and runs in a JVM of its own. */
final class SoakJob {
    private static final String MAIN = "org.mm4j.stress.soak.Soak";
    private static final Duration BEYOND = Duration.ofSeconds(60);

    private final Surroundings surroundings;
    private final StressTests tests;
    private final ReportFile page;

    SoakJob(Surroundings surroundings, StressTests tests, ReportFile page) {
        this.surroundings = surroundings;
        this.tests = tests;
        this.page = page;
    }

    /** Runs it, and passes on what it prints; returns the exit code. What is injected may be empty. */
    int run(Duration time, String inject, boolean isJson) throws IOException, InterruptedException {
        String what = inject.isEmpty() ? "soak" : "soak with faults, " + inject;
        StressJob.announce(surroundings, what, time);
        Files.createDirectories(tests.folder());
        Path file = Files.createTempFile(tests.folder(), "soak", ".json");
        Process soak = new ProcessBuilder(command(time, inject, file))
                .redirectErrorStream(true)
                .start();
        try (Interruption interruption = new Interruption(() -> stop(soak))) {
            List<String> lines = new ArrayList<>();
            soak.inputReader().lines().forEach(line -> {
                lines.add(line);
                if (!isJson) {
                    surroundings.out().println(line);
                }
            });
            boolean hasEnded = soak.waitFor(BEYOND.toSeconds(), TimeUnit.SECONDS);
            SoakResult result = result(file, inject, hasEnded ? soak.exitValue() : -1, lines);
            show(result, isJson);
            interruption.told();
            return result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED;
        } finally {
            soak.destroyForcibly();
            Files.deleteIfExists(file);
        }
    }

    /** Told to end; what it says then is still read, for which {@link Process#destroy} would leave no stream. */
    private static void stop(Process soak) {
        boolean _ = soak.toHandle().destroy();
    }

    private List<String> command(Duration time, String inject, Path file) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea:org.mm4j...",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                tests.classPath(),
                MAIN,
                Long.toString(time.toSeconds()),
                file.toString(),
                inject);
    }

    /** What the process has left; a sentence in its place when it has left nothing. */
    private static SoakResult result(Path file, String inject, int exitCode, List<String> lines) throws IOException {
        SoakResult result = null;
        try {
            result = new Gson().fromJson(Files.readString(file), SoakResult.class);
        } catch (JsonParseException e) {
            // it was ended while it wrote
        }
        if (result == null) {
            SoakResult none = new SoakResult(StressTests.machine(), 0, inject, List.of(), List.of(), List.of(), false);
            String last = lines.isEmpty() ? "nothing" : lines.getLast();
            return none.withTrouble("the soak ended with " + exitCode + " and told nothing; it printed last: " + last);
        }
        return result.isGood() && exitCode != 0 ? result.withTrouble("the soak ended with " + exitCode) : result;
    }

    private void show(SoakResult result, boolean isJson) {
        page.write(SoakHtml.render(result));
        if (isJson) {
            surroundings.out().println(JsonReport.render(result));
            return;
        }
        surroundings.out().print(SoakText.render(result));
        surroundings.out().println("report " + page);
    }
}
