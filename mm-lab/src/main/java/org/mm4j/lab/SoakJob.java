package org.mm4j.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.mm4j.lab.stress.StressTests;

/** Runs the soak: whole kernels with thousands of threads. It lies with the stress tests, and runs in a JVM of its own. */
final class SoakJob {
    private static final String MAIN = "org.mm4j.stress.soak.Soak";
    private static final Duration BEYOND = Duration.ofSeconds(60);

    private final Surroundings surroundings;
    private final StressTests tests;

    SoakJob(Surroundings surroundings, StressTests tests) {
        this.surroundings = surroundings;
        this.tests = tests;
    }

    /** Runs it, and passes on what it prints; returns the exit code. */
    int run(Duration time) throws IOException, InterruptedException {
        StressJob.announce(surroundings, "soak", time);
        Process soak = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-ea:org.mm4j...",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        tests.classPath(),
                        MAIN,
                        Long.toString(time.toSeconds()))
                .redirectErrorStream(true)
                .start();
        try (Interruption interruption = new Interruption(soak::destroy)) {
            soak.inputReader().lines().forEach(surroundings.out()::println);
            boolean hasEnded = soak.waitFor(BEYOND.toSeconds(), TimeUnit.SECONDS);
            interruption.told();
            return hasEnded && soak.exitValue() == 0 ? Mm.GOOD : Mm.CHECK_FAILED;
        } finally {
            soak.destroyForcibly();
        }
    }
}
