package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.lab.replay.ReplayOptions;
import org.mm4j.lab.replay.ReplayOutcome;
import org.mm4j.lab.replay.ReplayPlan;
import org.mm4j.lab.replay.ReplayProgress;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.replay.Replayer;
import org.mm4j.lab.replay.Resolver;
import org.mm4j.lab.trace.TraceReader;
import org.mm4j.lab.trace.TraceSource;
import org.mm4j.lab.trace.TraceSummary;

/** Reads a trace, boots a kernel for it, replays it there, and closes the kernel. */
final class TraceReplay {
    private static final int EVENTS_PER_UPDATE = 4096;

    private final Surroundings surroundings;
    private final KernelArguments arguments;
    private final Duration measureFor;
    private @Nullable ReplayOutcome outcome;

    TraceReplay(Surroundings surroundings, KernelArguments arguments, Duration measureFor) {
        this.surroundings = surroundings;
        this.arguments = arguments;
        this.measureFor = measureFor;
    }

    ReplayResult run(TraceSource source) throws IOException, InterruptedException {
        return run(source, _ -> {});
    }

    /** Shows the kernel to {@code look} after the last event, before all that is live then is given back. */
    ReplayResult run(TraceSource source, Consumer<ReplayTarget> look) throws IOException, InterruptedException {
        Resolver resolver = new Resolver();
        TraceSummary summary = read(source, resolver);
        ReplayPlan plan = resolver.plan();
        try (ReplayTarget target = boot(plan.pagesNeeded())) {
            ReplayOutcome found = replay(plan, target, look);
            outcome = found;
            return ReplayResult.of(summary, plan, target, found);
        }
    }

    /** What the last run found. */
    ReplayOutcome outcome() {
        return Objects.requireNonNull(outcome, "nothing was replayed yet");
    }

    /** Reads a trace; the plan can be carried out more than once. */
    ReplayPlan plan(TraceSource source) throws IOException {
        Resolver resolver = new Resolver();
        read(source, resolver);
        return resolver.plan();
    }

    private TraceSummary read(TraceSource source, Resolver resolver) throws IOException {
        try (ProgressLine progress = new ProgressLine(surroundings, "reading", " MiB", 1 << 20, source.bytes())) {
            int[] events = new int[1];
            return TraceReader.read(source, (event, cpu, nanos) -> {
                if (++events[0] % EVENTS_PER_UPDATE == 0) {
                    progress.at(source.bytesRead());
                }
                resolver.event(event, cpu, nanos);
            });
        }
    }

    /** A kernel with the memory that was asked for, or enough for so many pages. */
    ReplayTarget boot(long pagesLivePeak) {
        long bytes = arguments.memoryFor(pagesLivePeak);
        try {
            return surroundings.kernels().boot(arguments.threads(), bytes, arguments.kernel());
        } catch (IllegalArgumentException | AllocationFailure e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private ReplayOutcome replay(ReplayPlan plan, ReplayTarget target, Consumer<ReplayTarget> look)
            throws InterruptedException {
        try (ProgressLine line = new ProgressLine(surroundings, "replaying", " steps", 1, plan.ops())) {
            ReplayOptions options = new ReplayOptions(arguments.threads(), measureFor);
            ReplayProgress progress = new ReplayProgress() {
                @Override
                public void steps(int done, int total) {
                    line.at(done);
                }

                @Override
                public void allDone() {
                    look.accept(target);
                }
            };
            return new Replayer(plan, target, options, progress).replay();
        }
    }
}
