package org.mm4j.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mm proc}: a directory that looks like /proc, and one in it that looks like /sys, for tools that read there. */
@Command(
        name = "proc",
        description = {
            "Replays a trace over and over, and meanwhile writes what /proc would show of the kernel into a directory: "
                    + "buddyinfo, meminfo, pagetypeinfo, slabinfo, vmallocinfo, vmstat, zoneinfo, sys/vm. Its directory sys "
                    + "also has what /sys would show, in sys/kernel: every slab cache's files in slab, and percpu_stats in "
                    + "debug. Every file that changes is replaced as a whole. At the end, and on Ctrl-C, it removes what it "
                    + "wrote.",
            "",
            "Without a trace it replays the recording that comes with the program."
        },
        footer = {
            "",
            "Examples:",
            "  mm proc --mount proc.mm4j --every 500ms",
            "  prometheus-node-exporter --path.procfs proc.mm4j --collector.slabinfo --collector.buddyinfo",
            "  grep -r . proc.mm4j/sys/kernel/slab/kmalloc-64"
        })
final class ProcCommand implements Callable<Integer> {
    /** Where /sys is; /proc/sys has no name that it has. */
    private static final String SYS = "sys/";

    private final Surroundings surroundings;

    @Mixin
    private final KernelArguments arguments = new KernelArguments();

    @Option(
            names = "--mount",
            paramLabel = "DIR",
            required = true,
            description = "The directory: an empty one or a new one.")
    private String mount = "";

    @Option(
            names = "--every",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "How often the files are written, 500ms or 2s. Default: 1s.")
    private Duration every = Duration.ofSeconds(1);

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "How long, 10s or 5m. Default: until Ctrl-C.")
    private @Nullable Duration runFor;

    @Parameters(arity = "0..1", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String file;

    ProcCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LiveReplay live = new LiveReplay(surroundings, arguments);
        try (ProcFolder folder = ProcFolder.open(mount)) {
            Thread onExit = new Thread(folder::close, "remove");
            Runtime.getRuntime().addShutdownHook(onExit);
            List<String> findings = live.run(file, every, runFor, target -> folder.write(texts(target)));
            Runtime.getRuntime().removeShutdownHook(onExit);
            return tell(live, findings);
        }
    }

    private int tell(LiveReplay live, List<String> findings) {
        findings.forEach(finding -> surroundings.err().println("mm: " + finding));
        surroundings
                .out()
                .println(mount + " was written " + times(live.looks()) + " while the trace was replayed "
                        + times(live.rounds()));
        return findings.isEmpty() ? Mm.GOOD : Mm.CHECK_FAILED;
    }

    private static String times(long count) {
        return count == 1 ? "once" : count + " times";
    }

    /** All files of /proc by their names there, and those of /sys by theirs, in {@code sys}. */
    static Map<String, String> texts(ReplayTarget target) {
        Map<String, String> texts = new TreeMap<>();
        collect(target, "/proc/", "", texts);
        collect(target, "/sys/", SYS, texts);
        return texts;
    }

    private static void collect(ReplayTarget target, String from, String to, Map<String, String> texts) {
        try {
            for (String name : target.list(from)) {
                if (name.endsWith("/")) {
                    collect(target, from + name, to + name, texts);
                } else if (texts.put(to + name, target.read(from + name)) != null) {
                    throw new IllegalStateException("/proc and /sys both have " + to + name);
                }
            }
        } catch (IllegalArgumentException gone) {
            texts.keySet().removeIf(name -> name.startsWith(to)); // a cache that is destroyed meanwhile
        }
    }
}
