package org.mm4j.lab;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.replay.ReplayTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mm cat}: files of a kernel's /proc and /sys. */
@Command(
        name = "cat",
        description = {
            "Replays a trace, and prints files of the kernel's /proc and /sys as they are after its last event, in the "
                    + "layout of Linux 6.18. Of a directory it prints what is in it.",
            "",
            "Without a trace it replays the recording that comes with the program; with --boot it prints files of a kernel "
                    + "that has just booted."
        },
        footer = {
            "",
            "Examples:",
            "  mm cat slabinfo",
            "  mm cat /proc/meminfo /proc/zoneinfo --boot",
            "  mm cat /sys/kernel/slab/kmalloc-64/objects --trace my.trace.gz"
        })
final class CatCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private final KernelLook look = new KernelLook();

    @Option(names = "--trace", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String trace;

    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description =
                    "A file or directory; one that does not begin with a slash is below /proc. / shows what there is.")
    private List<String> paths = List.of();

    CatCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return print(surroundings, look, trace, paths);
    }

    /** Prints files one after the other, or an object with their texts by path. */
    static int print(Surroundings surroundings, KernelLook look, @Nullable String trace, List<String> paths)
            throws IOException, InterruptedException {
        KernelLook.Seen<Map<String, String>> seen = look.look(surroundings, trace, target -> texts(target, paths));
        if (look.isJson()) {
            surroundings
                    .out()
                    .println(new GsonBuilder()
                            .setPrettyPrinting()
                            .disableHtmlEscaping()
                            .create()
                            .toJson(seen.what()));
        } else {
            seen.what().values().forEach(surroundings.out()::print);
        }
        return seen.exitCode();
    }

    private static Map<String, String> texts(ReplayTarget target, List<String> paths) {
        Map<String, String> texts = new LinkedHashMap<>();
        paths.forEach(path -> texts.put(path, text(target, path)));
        return texts;
    }

    /** A directory's names, a line each, when the path is one. */
    private static String text(ReplayTarget target, String path) {
        try {
            return target.read(path);
        } catch (IllegalArgumentException noFile) {
            try {
                return String.join("\n", target.list(path)) + "\n";
            } catch (IllegalArgumentException noDirectory) {
                throw noFile;
            }
        }
    }
}
