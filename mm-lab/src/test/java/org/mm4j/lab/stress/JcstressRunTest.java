package org.mm4j.lab.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a jcstress that only prints, and one test that never ends. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JcstressRunTest {
    private static final List<String> TESTS =
            List.of("org.mm4j.fake.Good_01_Thing.Part", "org.mm4j.fake.Endless_01_Thing.Part");

    @TempDir
    Path folder;

    private JcstressRun run() throws Exception {
        return new JcstressRun(
                Path.of(org.openjdk.jcstress.Main.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI())
                        .toString(),
                folder);
    }

    @Test
    void whatWasDoneBeforeAStopIsKeptAndNoProcessIsLeft() throws Exception {
        JcstressRun run = run();
        List<String> told = new ArrayList<>();

        run.run(TESTS, JcstressOptions.QUICK, Duration.ofSeconds(50), test -> {
            told.add(test);
            if (test.contains("Endless")) {
                run.stop();
            }
        });

        assertThat(told).containsExactlyElementsOf(TESTS);
        assertThat(run.seen().get(TESTS.getFirst())).satisfies(seen -> {
            assertThat(seen.samples()).isEqualTo(1_234_567);
            assertThat(seen.failures()).isEmpty();
        });
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void aRunThatIsFarTooLateIsEnded() throws Exception {
        JcstressRun run = run();

        run.run(TESTS, JcstressOptions.QUICK, Duration.ofSeconds(3), test -> {});

        assertThat(run.isOverdue()).isTrue();
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.seen()).containsKey(TESTS.getFirst());
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void aRunThatWasStoppedBeforeItBeganEndsAtOnce() throws Exception {
        JcstressRun run = run();
        run.stop();

        run.run(TESTS, JcstressOptions.QUICK, Duration.ofSeconds(50), test -> {});

        assertThat(run.seen()).doesNotContainKey(TESTS.getLast());
    }
}
