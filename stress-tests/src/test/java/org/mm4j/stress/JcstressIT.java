package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.mm4j.lab.stress.JcstressOptions;
import org.mm4j.lab.stress.OutcomeTable;
import org.mm4j.lab.stress.StressRun;
import org.mm4j.lab.stress.TestOutcomes;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs every jcstress test of this module in one process, as {@code mm stress} does, and those with more actors than there
 * are CPUs in another one. Asks for each by name: did it run, did it see nothing forbidden, and, where it is a broken twin,
 * was it caught. A twin that was not caught gets more time, within limits.
 */
class JcstressIT {
    private static final Path JAR = Path.of(System.getProperty("jcstress.jar"));
    private static final Path FOLDER = JAR.resolveSibling("jcstress");
    private static final int TESTS_WRITTEN = Integer.getInteger("jcstress.tests");

    /** Enough for a machine that does other things as well: a test takes 1 s of a free one. */
    private static final Duration LIMIT_START = Duration.ofSeconds(60);

    private static final Duration LIMIT_PER_TEST = Duration.ofSeconds(5);

    private static final StressRun RUN = new StressRun(JAR.toString(), FOLDER);

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        deleteTree(FOLDER);
        List<String> tests = tests().toList();
        RUN.run(tests, JcstressOptions.QUICK, LIMIT_START.plus(LIMIT_PER_TEST.multipliedBy(tests.size())), test -> {});
        System.out.print(tests.stream()
                .map(RUN::seen)
                .filter(Objects::nonNull)
                .map(OutcomeTable::of)
                .collect(Collectors.joining("", OutcomeTable.head(), "")));
    }

    /** The number stands in the POM, so that tests cannot vanish unseen. */
    @Test
    void thereAreAsManyTestsAsThePomSays() {
        assertThat(tests()).as("tests in the jar; the POM's jcstress.tests").hasSize(TESTS_WRITTEN);
    }

    @TestFactory
    Stream<DynamicTest> runsAndSeesNothingForbidden() {
        return tests().map(test -> dynamicTest(test, () -> {
            TestOutcomes seen = RUN.seen(test);
            assertThat(seen)
                    .as("it ran, if need be with actors that share CPUs")
                    .isNotNull();
            assertThat(Objects.requireNonNull(seen).failures()).isEmpty();
        }));
    }

    @TestFactory
    Stream<DynamicTest> brokenTwinIsCaught() {
        return tests().filter(StressRun::isTwin)
                .map(test -> dynamicTest(
                        test,
                        () -> assertThat(RUN.isCaught(test))
                                .as("its broken outcome was seen, at the latest with more time")
                                .isTrue()));
    }

    @Test
    void jcstressItselfEndsWell() {
        assertThat(RUN.first().isOverdue())
                .as("it was killed, see %s", RUN.first().consoleFile())
                .isFalse();
        assertThat(RUN.first().exitCode()).isZero();
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
