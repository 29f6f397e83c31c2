package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs every jcstress test of this module in one process, and asks for each by name: did it run, did it see nothing
 * forbidden, and, where it is a broken twin, was it caught. A twin that was not caught gets more time, within limits.
 */
class JcstressIT {
    private static final Path JAR = Path.of(System.getProperty("jcstress.jar"));
    private static final Path FOLDER = JAR.resolveSibling("jcstress");
    private static final int TESTS_WRITTEN = Integer.getInteger("jcstress.tests");

    /** Enough for a machine that does other things as well: a test takes 1 s of a free one. */
    private static final Duration BUDGET_START = Duration.ofSeconds(60);

    private static final Duration BUDGET_PER_TEST = Duration.ofSeconds(5);

    /** Second and third chance of the twins: iterations of a second each, all missing twins in one process. */
    private static final int[] RETRY_ITERATIONS = {5, 15};

    private static final Duration RETRY_BUDGET_PER_TWIN = Duration.ofSeconds(45);

    private static JcstressRun first;
    private static List<String> uncaught;

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        deleteTree(FOLDER);
        List<String> tests = tests().toList();
        first = JcstressRun.of(
                JAR,
                FOLDER.resolve("all"),
                ".*",
                2,
                Duration.ofMillis(200),
                BUDGET_START.plus(BUDGET_PER_TEST.multipliedBy(tests.size())));
        System.out.print(tests.stream()
                .filter(first::ran)
                .map(first::table)
                .collect(Collectors.joining("", JcstressRun.tableHead(), "")));
        uncaught = uncaughtTwins(first, tests);
        for (int i = 0; i < RETRY_ITERATIONS.length && !uncaught.isEmpty(); i++) {
            JcstressRun retry = JcstressRun.of(
                    JAR,
                    FOLDER.resolve("retry-" + (i + 1)),
                    uncaught.stream().map(t -> "^" + Pattern.quote(t) + "$").collect(Collectors.joining("|")),
                    RETRY_ITERATIONS[i],
                    Duration.ofSeconds(1),
                    BUDGET_START.plus(RETRY_BUDGET_PER_TWIN.multipliedBy(uncaught.size())));
            uncaught = uncaughtTwins(retry, uncaught);
        }
    }

    /** The number stands in the POM, so that tests cannot vanish unseen. */
    @Test
    void thereAreAsManyTestsAsThePomSays() {
        assertThat(tests()).as("tests in the jar; the POM's jcstress.tests").hasSize(TESTS_WRITTEN);
    }

    @TestFactory
    Stream<DynamicTest> runsAndSeesNothingForbidden() {
        return tests().map(test -> dynamicTest(test, () -> {
            assertThat(first.ran(test))
                    .as("it ran; jcstress drops tests with more actors than CPUs without a word")
                    .isTrue();
            assertThat(first.failures(test)).isEmpty();
        }));
    }

    @TestFactory
    Stream<DynamicTest> brokenTwinIsCaught() {
        return tests().filter(JcstressIT::isTwin)
                .map(test -> dynamicTest(
                        test,
                        () -> assertThat(uncaught)
                                .as("twins whose broken outcome was never seen, not even with more time")
                                .doesNotContain(test)));
    }

    @Test
    void jcstressItselfEndsWell() {
        assertThat(first.exitCode()).isZero();
    }

    private static List<String> uncaughtTwins(JcstressRun run, List<String> tests) {
        return tests.stream()
                .filter(JcstressIT::isTwin)
                .filter(t -> run.count(t, Expect.ACCEPTABLE_INTERESTING) == 0)
                .toList();
    }

    private static boolean isTwin(String test) {
        return test.endsWith("Twin");
    }

    private static Stream<String> tests() {
        return TestList.tests().stream().sorted();
    }

    private static void deleteTree(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
