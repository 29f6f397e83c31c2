package org.mm4j.lab;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.report.JsonReport;
import org.mm4j.slab.SlabFlags;
import org.mm4j.slab.SlabLayout;
import org.mm4j.slab.SlabRequest;
import org.mm4j.slab.SlabSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mm geometry}: how a slab cache lays its objects out. */
@Command(
        name = "geometry",
        description = {
            "Prints how Linux lays out the objects of a slab cache: what lies where in an object's slot, how many slots a "
                    + "slab has, and how much is kept in the lists.",
            "",
            "On a Linux machine /sys/kernel/slab/NAME has the figures of a cache: object_size, align, slab_size, order, "
                    + "objs_per_slab, cpu_partial, min_partial; and what was asked for: hwcache_align, ctor, "
                    + "destroy_by_rcu."
        },
        footer = {"", "Examples:", "  mm geometry --size 184 --hwcache --cpus 2", "  mm geometry --size 64 --debug FZPU"
        })
final class GeometryCommand implements Callable<Integer> {
    private static final int CPUS_MAX = 8192;

    private final Surroundings surroundings;

    @Option(names = "--size", paramLabel = "N", required = true, description = "Bytes of an object.")
    private String size = "";

    @Option(
            names = "--align",
            paramLabel = "A",
            description =
                    "What the objects' addresses are multiples of, a power of two; at least 8. Default: 0, the cache decides.")
    private @Nullable String align;

    @Option(names = "--hwcache", description = "Objects begin at cache lines: SLAB_HWCACHE_ALIGN.")
    private boolean hwcache;

    @Option(names = "--ctor", description = "Objects have a constructor, and stay constructed while they are free.")
    private boolean ctor;

    @Option(names = "--rcu", description = "Readers may still look at an object that was freed: SLAB_TYPESAFE_BY_RCU.")
    private boolean rcu;

    @Option(
            names = "--debug",
            paramLabel = "FLAGS",
            description =
                    "Letters as in the kernel's slab_debug=: F consistency checks, Z red zones, P poison, U users, T "
                            + "trace, A failslab.")
    private @Nullable String debug;

    @Option(
            names = "--cpus",
            paramLabel = "N",
            description = "CPUs of the machine: with more of them slabs are larger. Default: those of this machine.")
    private @Nullable String cpus;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    GeometryCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        GeometryFigures figures = GeometryFigures.of(layout());
        if (json) {
            surroundings.out().println(JsonReport.render(figures));
        } else {
            surroundings.out().print(figures.render());
        }
        return Mm.GOOD;
    }

    private SlabLayout layout() {
        int objectSize = (int) WholeNumber.of("--size", size.strip(), 1, Integer.MAX_VALUE);
        SlabRequest request = SlabRequest.of(objectSize, SlabSettings.ofCpus(cpus()))
                .withAlign(align())
                .withFlags(flags())
                .withCtor(ctor);
        try {
            return SlabLayout.of(request);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--size " + objectSize + ": " + e.getMessage());
        }
    }

    private int align() {
        if (align == null) {
            return 0;
        }
        int bytes = (int) WholeNumber.of("--align", align.strip(), 0, SlabRequest.ALIGN_MAX);
        if (Integer.bitCount(bytes) > 1) {
            throw new UsageException("--align is a power of two, not \"" + align + '"');
        }
        return bytes;
    }

    private int flags() {
        try {
            return (hwcache ? SlabFlags.SLAB_HWCACHE_ALIGN : 0)
                    | (rcu ? SlabFlags.SLAB_TYPESAFE_BY_RCU : 0)
                    | (debug == null ? 0 : SlabFlags.parseDebugLetters(debug));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--debug: " + e.getMessage());
        }
    }

    private int cpus() {
        return cpus == null
                ? Runtime.getRuntime().availableProcessors()
                : (int) WholeNumber.of("--cpus", cpus.strip(), 1, CPUS_MAX);
    }
}
