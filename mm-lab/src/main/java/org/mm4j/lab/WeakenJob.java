package org.mm4j.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mm4j.lab.stress.JcstressOptions;
import org.mm4j.lab.stress.Outcome.Grade;
import org.mm4j.lab.stress.Protocol.Tag;
import org.mm4j.lab.stress.ShippedClasses;
import org.mm4j.lab.stress.StressRun;
import org.mm4j.lab.stress.StressTests;
import org.mm4j.lab.stress.TaggedLines;
import org.mm4j.lab.stress.TestOutcomes;
import org.mm4j.lab.stress.Weakening;

/** Runs the tests of a tag over classes whose access is weakened, and compares what is seen with what the page says. */
final class WeakenJob {
    static final int ITERATIONS = 10;

    private final Surroundings surroundings;
    private final StressTests tests;

    WeakenJob(Surroundings surroundings, StressTests tests) {
        this.surroundings = surroundings;
        this.tests = tests;
    }

    /** Returns the exit code: good when the machine showed what the page says of it. */
    int run(Tag tag, List<String> chosen, JcstressOptions options) throws IOException, InterruptedException {
        Path folder = tests.folder().resolve("weaken");
        delete(folder);
        weaken(tag, folder.resolve("classes"));
        Duration time = options.duration(chosen.size());
        StressJob.announce(surroundings, chosen.size() + " tests of [" + tag.name() + "]", time);
        StressRun run = new StressRun(folder.resolve("classes") + File.pathSeparator + tests.classPath(), folder);
        try (Interruption interruption = new Interruption(run::stop)) {
            try (ProgressLine progress = new ProgressLine(surroundings, "weaken", " tests", 1, chosen.size())) {
                run.run(
                        chosen,
                        options,
                        StressJob.limit(time),
                        test -> progress.at(run.seen().size()));
            }
            int exitCode = tell(tag, chosen, run);
            interruption.told();
            return exitCode;
        }
    }

    private void weaken(Tag tag, Path folder) throws IOException {
        List<String> done;
        try (ShippedClasses classes = new ShippedClasses(Path.of(tests.classPath()))) {
            done = Weakening.write(tag.isRelease(), classes, TaggedLines.find(tests.root(), tag.name()), folder);
        }
        if (done.isEmpty()) {
            throw new UsageException("[" + tag.name() + "] stands at no access that could be weakened");
        }
        surroundings.out().println("[" + tag.name() + "] " + tag.access());
        done.forEach(line -> surroundings.out().println("  " + line));
    }

    private int tell(Tag tag, List<String> chosen, StressRun run) {
        long samples = 0;
        boolean isRed = false;
        for (String test : chosen) {
            TestOutcomes seen = run.seen(test);
            if (seen == null || seen.samples() == 0) {
                surroundings
                        .out()
                        .println(test + " did not run"
                                + (seen == null ? "" : ": " + seen.failures().getFirst()) + "; jcstress printed "
                                + run.first().consoleFile());
                return Mm.CHECK_FAILED;
            }
            samples += seen.samples();
            isRed |= !seen.failures().isEmpty();
            surroundings
                    .out()
                    .printf(
                            "  %-62s %,12d samples, %,d forbidden%n",
                            test.substring(test.lastIndexOf('.', test.lastIndexOf('.') - 1) + 1),
                            seen.samples(),
                            seen.samples(Grade.FORBIDDEN));
            seen.failures().forEach(failure -> surroundings.out().println("      " + failure));
        }
        surroundings.out().printf("%s: %s, in %,d samples%n", StressTests.machine(), isRed ? "red" : "green", samples);
        surroundings.out().println("the page says of x86: " + tag.onX86());
        surroundings.out().println("the page says of ARM: " + tag.onArm());
        return verdict(tag.on(System.getProperty("os.arch")), isRed);
    }

    private int verdict(Optional<String> expected, boolean isRed) {
        if (expected.isEmpty()) {
            return Mm.GOOD;
        }
        boolean isAsExpected = expected.get().startsWith(isRed ? "red" : "green");
        surroundings.out().println(isAsExpected ? "as the page says" : "NOT as the page says");
        return isAsExpected ? Mm.GOOD : Mm.CHECK_FAILED;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
