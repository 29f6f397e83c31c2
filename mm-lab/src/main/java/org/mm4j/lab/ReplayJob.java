package org.mm4j.lab;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayOutcome;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.report.HtmlReport;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.lab.report.Machine;
import org.mm4j.lab.report.TextReport;
import org.mm4j.lab.trace.TraceSource;

/** What {@code run} and {@code replay} have in common: from a trace to a verdict. */
final class ReplayJob {
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
        arguments.kernel();
    }

    /** Does the job; returns the exit code. */
    int run(TraceSource source) throws IOException, InterruptedException {
        TraceReplay replay = new TraceReplay(surroundings, arguments, surroundings.measureFor());
        ReplayResult result = replay.run(source);
        show(result, replay.outcome());
        return result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED;
    }

    private void show(ReplayResult result, ReplayOutcome outcome) {
        if (report != null) {
            report.write(new HtmlReport(result, outcome, Machine.here()).render());
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
