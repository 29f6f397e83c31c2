package org.mm4j.lab.stress;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How jcstress runs tests.
 *
 * @param iterations how often each test is run in each way of compiling it
 * @param iteration how long each time
 * @param isEveryCompilation whether the actors are interpreted, and compiled by either compiler, in every combination;
 *     otherwise the JVM compiles as it does anyway
 * @param isCrowded whether the actors share what CPUs there are, fewer than they are; otherwise each has one of its own
 */
public record JcstressOptions(int iterations, Duration iteration, boolean isEveryCompilation, boolean isCrowded) {
    /** As {@code ./mvnw verify} runs them. */
    public static final JcstressOptions QUICK = new JcstressOptions(2, Duration.ofMillis(200), false, false);

    /** In all ways of compiling. */
    public static final JcstressOptions FULL = new JcstressOptions(5, Duration.ofMillis(200), true, false);

    /** What jcstress does before the first test. */
    private static final Duration START = Duration.ofSeconds(8);

    /** A JVM of its own for each test and each way of compiling it. */
    private static final Duration FORK = Duration.ofMillis(1100);

    private static final int COMPILATIONS = 12;

    private static final long ITERATION_MILLIS_MIN = 50;

    /** About how long so many tests take. */
    public Duration duration(int tests) {
        Duration each = FORK.plus(iteration.multipliedBy(iterations));
        return START.plus(each.multipliedBy((long) tests * forks()));
    }

    private int forks() {
        return isEveryCompilation ? COMPILATIONS : 1;
    }

    /** The least time that so many tests need. */
    public Duration least(int tests) {
        return new JcstressOptions(iterations, Duration.ofMillis(ITERATION_MILLIS_MIN), isEveryCompilation, isCrowded)
                .duration(tests);
    }

    /** The same so that so many tests take so long; it must be {@link #least} or more. */
    public JcstressOptions within(Duration time, int tests) {
        long forks = (long) tests * forks();
        long millis = (time.minus(START).toMillis() / forks - FORK.toMillis()) / iterations;
        return new JcstressOptions(
                iterations, Duration.ofMillis(Math.max(ITERATION_MILLIS_MIN, millis)), isEveryCompilation, isCrowded);
    }

    /** The same with another number of iterations. */
    public JcstressOptions withIterations(int count) {
        return new JcstressOptions(count, iteration, isEveryCompilation, isCrowded);
    }

    /** The same for tests with more actors than there are CPUs. */
    public JcstressOptions crowded() {
        return new JcstressOptions(iterations, iteration, isEveryCompilation, true);
    }

    /** The arguments for jcstress. */
    List<String> arguments(Collection<String> tests) {
        String names =
                tests.stream().map(test -> "^" + Pattern.quote(test) + "$").collect(Collectors.joining("|"));
        return Stream.of(
                        Stream.of(
                                "-v",
                                "-t",
                                names,
                                "-f",
                                "1",
                                "-iters",
                                Integer.toString(iterations),
                                "-time",
                                Long.toString(iteration.toMillis()),
                                "-sc",
                                "false",
                                "-r",
                                "report"),
                        isEveryCompilation ? Stream.<String>empty() : Stream.of("-jvmArgs", "-XX:+UseSerialGC"),
                        isCrowded ? Stream.of("-af", "NONE", "-spinStyle", "THREAD_YIELD") : Stream.<String>empty())
                .flatMap(Function.identity())
                .toList();
    }
}
