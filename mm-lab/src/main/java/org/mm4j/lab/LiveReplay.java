package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.RepeatedReplay;
import org.mm4j.lab.replay.ReplayPlan;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.trace.TraceSource;

/** A kernel that is in use: a trace is replayed on it over and over, while somebody looks. */
final class LiveReplay {
    /** So that a span of any length can be added to the clock. */
    private static final Duration LONGEST = Duration.ofDays(10_000);

    private final Surroundings surroundings;
    private final KernelArguments arguments;
    private long rounds;
    private long looks;

    LiveReplay(Surroundings surroundings, KernelArguments arguments) {
        this.surroundings = surroundings;
        this.arguments = arguments;
    }

    /**
     * Looks at once, and then every so often until the time is over.
     *
     * @param file the trace; null: the one that comes along
     * @param runFor how long; null: until the process ends
     * @return what validation found wrong with the kernel at the end, one sentence each
     */
    List<String> run(@Nullable String file, Duration every, @Nullable Duration runFor, Consumer<ReplayTarget> look)
            throws IOException, InterruptedException {
        TraceReplay reader = new TraceReplay(surroundings, arguments, Duration.ZERO);
        ReplayPlan plan = plan(reader, file);
        try (ReplayTarget target = reader.boot(plan.pagesNeeded())) {
            RepeatedReplay replay = new RepeatedReplay(plan, target, arguments.threads());
            try (replay) {
                watch(replay, every, runFor == null ? LONGEST : runFor, target, look);
            }
            rounds = replay.rounds();
            List<String> findings = new ArrayList<>(replay.violations());
            findings.addAll(target.validate());
            return findings;
        }
    }

    private ReplayPlan plan(TraceReplay reader, @Nullable String file) throws IOException {
        try (TraceSource source =
                file == null ? RunCommand.shippedTrace() : TraceSource.open(file, surroundings.in())) {
            return reader.plan(source);
        }
    }

    private void watch(
            RepeatedReplay replay, Duration every, Duration runFor, ReplayTarget target, Consumer<ReplayTarget> look)
            throws InterruptedException {
        long end = System.nanoTime() + runFor.toNanos();
        long millisLeft;
        do {
            look.accept(target);
            looks++;
            millisLeft = (end - System.nanoTime()) / 1_000_000;
        } while (!replay.awaitFailure(Math.min(every.toMillis(), millisLeft)) && millisLeft > 0);
    }

    /** How often the trace was replayed to its end. */
    long rounds() {
        return rounds;
    }

    /** How often somebody looked. */
    long looks() {
        return looks;
    }
}
