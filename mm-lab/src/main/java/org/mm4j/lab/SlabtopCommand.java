package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.lab.report.SlabTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mm slabtop}: the caches of a kernel, the largest first. */
@Command(
        name = "slabtop",
        description = {
            "Shows the slab caches of a kernel as slabtop of procps does. On a terminal a trace is replayed over and over "
                    + "meanwhile, until Ctrl-C; otherwise, and with --once, they are printed as they are after its last "
                    + "event.",
            "",
            "Without a trace it replays the recording that comes with the program; with --boot it prints a kernel that "
                    + "has just booted.",
            "",
            "What to sort by: a active objects, b objects per slab, c cache size, l slabs, v active slabs, n name, o "
                    + "objects, p pages per slab, s object size, u use."
        },
        footer = {"", "Examples:", "  mm slabtop --sort c", "  mm slabtop --once --json | jq '.caches[0]'"})
final class SlabtopCommand implements Callable<Integer> {
    private static final String SLABINFO = "/proc/slabinfo";
    private static final String CLEAR = "\033[H\033[J";
    private static final int ROWS_SHOWN = 16;

    private final Surroundings surroundings;

    @Mixin
    private final KernelLook look = new KernelLook();

    @Option(
            names = {"-s", "--sort"},
            paramLabel = "LETTER",
            description = "What the caches are sorted by. Default: o, the number of objects.")
    private String sort = "o";

    @Option(
            names = {"-o", "--once"},
            description = "Print once, also on a terminal.")
    private boolean once;

    @Option(
            names = {"-d", "--every"},
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "How often a terminal shows them anew. Default: 3s.")
    private Duration every = Duration.ofSeconds(3);

    @Parameters(arity = "0..1", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String file;

    SlabtopCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        SlabTable.Order order = Choice.of("--sort", sort, List.of(SlabTable.Order.values()));
        boolean isLive = surroundings.isOutTerminal() && !once && !look.isJson() && !look.isBoot();
        return isLive ? watch(order) : print(order);
    }

    private int watch(SlabTable.Order order) throws IOException, InterruptedException {
        new LiveReplay(surroundings, look).run(file, every, null, target -> {
            surroundings.out().print(CLEAR + table(target, order).render(ROWS_SHOWN));
            surroundings.out().flush();
        });
        return Mm.GOOD;
    }

    private int print(SlabTable.Order order) throws IOException, InterruptedException {
        KernelLook.Seen<SlabTable> seen = look.look(surroundings, file, target -> table(target, order));
        if (look.isJson()) {
            surroundings.out().println(JsonReport.render(seen.what()));
        } else {
            surroundings.out().print(seen.what().render());
        }
        return seen.exitCode();
    }

    private static SlabTable table(ReplayTarget target, SlabTable.Order order) {
        return SlabTable.of(target.read(SLABINFO)).sorted(order);
    }
}
