package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.trace.TraceSource;
import picocli.CommandLine.Option;

/** The options of commands that look at a kernel after a replay, or after it has booted; and how they do it. */
final class KernelLook extends KernelArguments {
    @Option(names = "--boot", description = "Replay nothing.")
    private boolean boot;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    /** What was seen, and the exit code of whoever shows it. */
    record Seen<T>(T what, int exitCode) {}

    boolean isJson() {
        return json;
    }

    boolean isBoot() {
        return boot;
    }

    /**
     * Boots a kernel, replays a trace on it, and looks after the last event, while all that is live then is still there.
     *
     * @param file the trace; null: the one that comes along
     * @throws UsageException when {@code view} refuses its arguments
     */
    <T> Seen<T> look(Surroundings surroundings, @Nullable String file, Function<ReplayTarget, T> view)
            throws IOException, InterruptedException {
        TraceReplay replay = new TraceReplay(surroundings, this, Duration.ZERO);
        if (boot) {
            return lookAtBooted(replay, file, view);
        }
        try (TraceSource source =
                file == null ? RunCommand.shippedTrace() : TraceSource.open(file, surroundings.in())) {
            List<T> seen = new ArrayList<>();
            ReplayResult result = replay.run(source, target -> seen.add(view(view, target)));
            return new Seen<>(seen.getFirst(), result.isGood() ? Mm.GOOD : Mm.CHECK_FAILED);
        }
    }

    private static <T> Seen<T> lookAtBooted(TraceReplay replay, @Nullable String file, Function<ReplayTarget, T> view) {
        if (file != null) {
            throw new UsageException("--boot replays nothing, so it takes no trace");
        }
        try (ReplayTarget target = replay.boot(0)) {
            return new Seen<>(view(view, target), Mm.GOOD);
        }
    }

    private static <T> T view(Function<ReplayTarget, T> view, ReplayTarget target) {
        try {
            return view.apply(target);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }
}
