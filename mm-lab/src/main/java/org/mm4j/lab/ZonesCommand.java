package org.mm4j.lab;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.report.JsonReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mm zones}: what a kernel derives from the sizes of its zones. */
@Command(
        name = "zones",
        description = {
            "Prints what Linux derives from the sizes of a node's zones: watermarks, lowmem reserves, and the sizes of "
                    + "the per-CPU page caches.",
            "",
            "On a Linux machine /proc/zoneinfo shows the sizes, as \"managed\", and the figures, as \"min\", \"low\", "
                    + "\"high\", \"promo\", \"protection\", \"batch\", \"high_min\" and \"high_max\"; /proc/sys/vm has the "
                    + "settings."
        },
        footer = {"", "Example:", "  mm zones --managed DMA=3840,DMA32=772918,Normal=884736 --min-free-kbytes 67584"})
final class ZonesCommand implements Callable<Integer> {
    private static final int CPUS_MAX = 8192;

    private final Surroundings surroundings;

    @Option(
            names = "--managed",
            paramLabel = "ZONE=PAGES[,...]",
            required = true,
            description = "The zones' sizes in pages of 4 KiB. Zones are DMA, DMA32, Normal, Movable and Device; those "
                    + "left out have no pages.")
    private String managed = "";

    @Mixin
    private final ZoneArguments arguments = new ZoneArguments();

    @Option(
            names = "--cpus",
            paramLabel = "N",
            description = "CPUs that share the page caches. Default: those of this machine.")
    private @Nullable String cpus;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    ZonesCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        ZoneFigures figures = ZoneFigures.of(ManagedPages.parse(managed), arguments.settings(), cpus());
        if (json) {
            surroundings.out().println(JsonReport.render(figures));
        } else {
            surroundings.out().print(figures.render());
        }
        return Mm.GOOD;
    }

    private int cpus() {
        return cpus == null
                ? Runtime.getRuntime().availableProcessors()
                : (int) WholeNumber.of("--cpus", cpus.strip(), 1, CPUS_MAX);
    }
}
