package org.mm4j.lab;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.lab.replay.ReplayOptions;
import org.mm4j.lab.replay.ReplayOutcome;
import org.mm4j.lab.replay.ReplayPlan;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.replay.Replayer;
import org.mm4j.lab.replay.Resolver;
import org.mm4j.lab.report.HtmlReport;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.lab.report.Machine;
import org.mm4j.lab.report.TextReport;
import org.mm4j.lab.trace.TraceReader;
import org.mm4j.lab.trace.TraceSource;
import org.mm4j.lab.trace.TraceSummary;

/** What {@code run} and {@code replay} have in common: from a trace to a verdict. */
final class ReplayJob {
    private static final int EVENTS_PER_UPDATE = 4096;

    private final Surroundings surroundings;
    private final ReplayArguments arguments;
    private final @Nullable ReportFile report;

    /** A job that does nothing yet but check its arguments. */
    ReplayJob(Surroundings surroundings, ReplayArguments arguments, String defaultReport) {
        this.surroundings = surroundings;
        this.arguments = arguments;
        String name = arguments.reportOr(defaultReport);
        this.report = name == null ? null : new ReportFile(name);
        arguments.threads();
    }

    /** Does the job; returns the exit code. */
    int run(TraceSource source) throws IOException, InterruptedException {
        Resolver resolver = new Resolver();
        TraceSummary summary = read(source, resolver);
        ReplayPlan plan = resolver.plan();
        try (ReplayTarget target = boot(plan)) {
            ReplayOutcome outcome = replay(plan, target);
            ReplayResult result = ReplayResult.of(summary, plan, target.description(), outcome);
            show(result, outcome);
            return result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED;
        }
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

    private ReplayTarget boot(ReplayPlan plan) {
        long bytes = arguments.memoryFor(plan.pagesLivePeak());
        try {
            return surroundings.kernels().boot(arguments.threads(), bytes);
        } catch (IllegalArgumentException | AllocationFailure e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private ReplayOutcome replay(ReplayPlan plan, ReplayTarget target) throws InterruptedException {
        try (ProgressLine progress = new ProgressLine(surroundings, "replaying", " steps", 1, plan.ops())) {
            ReplayOptions options = new ReplayOptions(arguments.threads(), surroundings.measureFor());
            return new Replayer(plan, target, options, (done, total) -> progress.at(done)).replay();
        }
    }

    private void show(ReplayResult result, ReplayOutcome outcome) {
        if (report != null) {
            report.write(new HtmlReport(result, outcome.samples(), Machine.here()).render());
        }
        if (arguments.isJson()) {
            surroundings.out().println(JsonReport.render(result));
            return;
        }
        surroundings.out().print(TextReport.render(result));
        if (report != null) {
            surroundings.out().println("report        " + report);
        }
    }
}
