package org.mm4j.lab;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.mm4j.lab.trace.TraceSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mm replay}: replays a given trace. */
@Command(
        name = "replay",
        description = {
            "Replays a trace of a real Linux kernel's allocations, checks everything, and writes a report.",
            "",
            "The trace is text as ftrace, \"trace-cmd report\" or \"perf script\" print it, compressed by gzip or not. To "
                    + "record one, enable events/kmem under /sys/kernel/tracing as root, run something, and copy the file "
                    + "trace there. Or it is a recording of Java's flight recorder, of a kernel of mm4j that has events: then "
                    + "each thread is replayed as a CPU."
        })
final class ReplayCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private final ReplayArguments arguments = new ReplayArguments();

    @Parameters(paramLabel = "FILE|-", description = "The trace, or - for standard input.")
    private String file = TraceSource.STANDARD_INPUT;

    ReplayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ReplayJob job = new ReplayJob(surroundings, arguments, "mm-report.html");
        try (TraceSource source = TraceSource.open(file, surroundings.in())) {
            return job.run(source);
        }
    }
}
