package org.mm4j.lab;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mm slabinfo}: what /proc/slabinfo shows of a kernel. */
@Command(
        name = "slabinfo",
        description = {
            "Replays a trace, and prints how many objects and slabs each cache has after its last event, as "
                    + "/proc/slabinfo does. The same as \"mm cat slabinfo\".",
            "",
            "Without a trace it replays the recording that comes with the program; with --boot it prints a kernel that "
                    + "has just booted."
        })
final class SlabinfoCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private final KernelLook look = new KernelLook();

    @Parameters(arity = "0..1", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String file;

    SlabinfoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return CatCommand.print(surroundings, look, file, List.of("slabinfo"));
    }
}
