package org.mm4j.lab.stress;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.stress.Outcome.Grade;

/**
 * All tests in one process of jcstress, as its start takes seconds. Then those that it left out, because they have more
 * actors than the machine has CPUs, in a crowded one. And then the broken twins that were not caught once more: a busy
 * machine needs longer. {@link #stop} may be called by any thread, the rest by one.
 */
public final class StressRun {
    /** What the name of a twin ends in. */
    public static final String TWIN = "Twin";

    /** Second and third chance of the twins. */
    private static final List<JcstressOptions> RETRIES = List.of(
            new JcstressOptions(5, Duration.ofSeconds(1), false, false),
            new JcstressOptions(15, Duration.ofSeconds(1), false, false));

    private static final Duration RETRY_LIMIT_START = Duration.ofSeconds(60);
    private static final Duration RETRY_LIMIT_PER_TWIN = Duration.ofSeconds(45);

    private final String classPath;
    private final Path folder;
    private final List<JcstressRun> runs = new ArrayList<>();
    private final List<String> crowded = new ArrayList<>();
    private volatile @Nullable JcstressRun current;
    private volatile boolean isStopped;

    /** A run that has not begun; what its processes leave goes to folders in the one given. */
    public StressRun(String classPath, Path folder) {
        this.classPath = classPath;
        this.folder = folder;
    }

    /** Runs tests; after {@code limit} the first process is killed. */
    public void run(Collection<String> tests, JcstressOptions options, Duration limit, Consumer<String> onTest)
            throws IOException, InterruptedException {
        one("all", tests, options, limit, onTest);
        if (!first().isOverdue()) {
            crowded.addAll(tests.stream().filter(test -> seen(test) == null).toList());
            some("crowded", crowded, options.crowded(), limit, onTest);
        }
        for (int i = 0; i < RETRIES.size(); i++) {
            List<String> uncaught = tests.stream().filter(this::isUncaught).toList();
            List<String> pairs =
                    uncaught.stream().filter(test -> !crowded.contains(test)).toList();
            List<String> crowds = uncaught.stream().filter(crowded::contains).toList();
            some("retry-" + (i + 1), pairs, RETRIES.get(i), retryLimit(pairs), test -> {});
            some("crowded-retry-" + (i + 1), crowds, RETRIES.get(i).crowded(), retryLimit(crowds), test -> {});
        }
    }

    private static Duration retryLimit(List<String> twins) {
        return RETRY_LIMIT_START.plus(RETRY_LIMIT_PER_TWIN.multipliedBy(twins.size()));
    }

    private void some(
            String name, Collection<String> tests, JcstressOptions options, Duration limit, Consumer<String> onTest)
            throws IOException, InterruptedException {
        if (!tests.isEmpty() && !isStopped) {
            one(name, tests, options, limit, onTest);
        }
    }

    private void one(
            String name, Collection<String> tests, JcstressOptions options, Duration limit, Consumer<String> onTest)
            throws IOException, InterruptedException {
        JcstressRun run = new JcstressRun(classPath, folder.resolve(name));
        runs.add(run);
        current = run;
        if (!isStopped) {
            run.run(tests, options, limit, onTest);
        }
    }

    /** A twin that has run, and has not shown what it was broken for. */
    private boolean isUncaught(String test) {
        return isTwin(test) && seen(test) != null && !isCaught(test);
    }

    /** Ends the run now, with all its processes. */
    public void stop() {
        isStopped = true;
        JcstressRun run = current;
        if (run != null) {
            run.stop();
        }
    }

    /** Whether {@link #stop} was called. */
    public boolean isStopped() {
        return isStopped;
    }

    /** The process that ran all tests for which there are enough CPUs. */
    public JcstressRun first() {
        return runs.getFirst();
    }

    /** The tests that had to share CPUs, as each has more actors than there are. */
    public List<String> crowded() {
        return List.copyOf(crowded);
    }

    /** What a test has shown when it was run first; null when it did not run. */
    public @Nullable TestOutcomes seen(String test) {
        return runs.stream()
                .map(run -> run.seen().get(test))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Whether a twin has shown what it was broken for. */
    public boolean isCaught(String twin) {
        return runs.stream()
                .map(run -> run.seen().get(twin))
                .filter(Objects::nonNull)
                .anyMatch(outcomes -> outcomes.samples(Grade.INTERESTING) > 0);
    }

    /** What all tests have shown that have run, when they were run first. */
    public Map<String, TestOutcomes> seen() {
        Map<String, TestOutcomes> seen = new HashMap<>();
        runs.forEach(run -> run.seen().forEach(seen::putIfAbsent));
        return seen;
    }

    /** Whether a test is broken on purpose. */
    public static boolean isTwin(String test) {
        return test.endsWith(TWIN);
    }
}
