package org.mm4j.lab;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayOptions;
import picocli.CommandLine.Option;

/** The options of commands that boot a kernel for a trace. */
class KernelArguments {
    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "Replay on N threads; thread n does what the recorded CPUs n, n + N, ... did. Default: all CPUs.")
    private int threads = Math.min(Runtime.getRuntime().availableProcessors(), ReplayOptions.THREADS_MAX);

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "Memory of the kernel, 512M or 2G. Default: twice what the trace needs at its peak, and 64M.")
    private @Nullable Long memory;

    @Option(
            names = "--engine",
            paramLabel = "cpu_slab|owned|sheaves|debug",
            description =
                    "What keeps objects for CPUs in front of the slabs: one slab a CPU, as Linux 6.18 does; stacks "
                            + "that threads own; sheaves, which Linux 6.18 has as an option; or debug, nothing and every object "
                            + "is checked, as with slab_debug=F. Default: what the preset has.")
    private @Nullable String engine;

    @Option(
            names = "--preset",
            paramLabel = "linux|library|study",
            description =
                    "Which kernel: linux, as Linux 6.18 boots, so that all sizes are equal to the recorded ones; library, "
                            + "for programs, whose size classes are denser, so that some are smaller and none is larger; study, "
                            + "two nodes with every check on, whose objects have room for the checks. Default: linux.")
    private String preset = Choice.word(Preset.LINUX);

    /** Which kernel to boot. */
    KernelChoice kernel() {
        Preset kind = Choice.of("--preset", preset, List.of(Preset.values()));
        return new KernelChoice(kind, engine == null ? null : Choice.of("--engine", engine, List.of(Engine.values())));
    }

    /** How many threads replay. */
    int threads() {
        if (threads < 1 || threads > ReplayOptions.THREADS_MAX) {
            throw new UsageException("--threads is 1 to " + ReplayOptions.THREADS_MAX + ", not " + threads);
        }
        return threads;
    }

    /** How much memory the kernel has, when so many pages are live at the most. */
    long memoryFor(long pagesLivePeak) {
        return memory != null ? memory : MemorySize.forPeak(pagesLivePeak);
    }
}
