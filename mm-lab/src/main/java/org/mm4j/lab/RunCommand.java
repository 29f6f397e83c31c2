package org.mm4j.lab;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import org.mm4j.lab.trace.TraceSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mm run}: replays the recording that comes with the program. */
@Command(
        name = "run",
        description =
                "Boots a kernel, replays what a real Linux 6.18 did while gcc, find and tar ran, checks everything, "
                        + "and writes a report.")
final class RunCommand implements Callable<Integer> {
    private static final String TRACE = "kmem-compile.trace.gz";

    private final Surroundings surroundings;

    @Mixin
    private final ReplayArguments arguments = new ReplayArguments();

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ReplayJob job = new ReplayJob(surroundings, arguments, "mm-run.html");
        try (TraceSource source = shippedTrace()) {
            return job.run(source);
        }
    }

    /** The recording that is part of the program. */
    static TraceSource shippedTrace() throws IOException {
        try (InputStream in = RunCommand.class.getResourceAsStream(TRACE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + TRACE + " is missing");
            }
            byte[] bytes = in.readAllBytes();
            return TraceSource.of(TRACE, bytes.length, new ByteArrayInputStream(bytes));
        }
    }
}
