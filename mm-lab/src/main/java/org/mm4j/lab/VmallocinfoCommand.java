package org.mm4j.lab;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mm vmallocinfo}: what /proc/vmallocinfo shows of a kernel. */
@Command(
        name = "vmallocinfo",
        description = {
            "Replays a trace, and prints every area of virtual addresses after its last event, as "
                    + "/proc/vmallocinfo does. The same as \"mm cat vmallocinfo\".",
            "",
            "Without a trace it replays the recording that comes with the program; with --boot it prints a kernel that "
                    + "has just booted."
        })
final class VmallocinfoCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private final KernelLook look = new KernelLook();

    @Parameters(arity = "0..1", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String file;

    VmallocinfoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return CatCommand.print(surroundings, look, file, List.of("vmallocinfo"));
    }
}
