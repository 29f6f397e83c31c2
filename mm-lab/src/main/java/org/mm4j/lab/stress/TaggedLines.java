package org.mm4j.lab.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Where a tag stands in the sources: in a comment behind an access, before the words "pairs with". */
public final class TaggedLines {
    private static final String SOURCES = "src/main/java";
    private static final String PARTNERS = "pairs with";

    private TaggedLines() {}

    /**
     * An access with a tag. A statement of several lines has the tag on its last one.
     *
     * @param packagePath the folder of the class, {@code org/mm4j/api}
     * @param className the class that the file is named after
     * @param first the first line of the statement, counted from 1
     * @param last the line with the tag
     */
    public record TaggedLine(String packagePath, String className, int first, int last) {
        List<Integer> lines() {
            return IntStream.rangeClosed(first, last).boxed().toList();
        }
    }

    /** All places of a tag in the modules below a folder. */
    public static List<TaggedLine> find(Path root, String tag) throws IOException {
        List<TaggedLine> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.sorted().toList()) {
                Path sources = module.resolve(SOURCES);
                if (module.getFileName().toString().startsWith("mm-") && Files.isDirectory(sources)) {
                    findIn(sources, "[" + tag + "]", found);
                }
            }
        }
        return found;
    }

    private static void findIn(Path sources, String tag, List<TaggedLine> found) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(file -> {
                List<String> lines = lines(file);
                for (int at = 0; at < lines.size(); at++) {
                    if (bears(lines.get(at), tag)) {
                        found.add(at(sources, file, first(lines, at) + 1, at + 1));
                    }
                }
            });
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean bears(String line, String tag) {
        int comment = line.indexOf("//");
        return comment > 0
                && !line.substring(0, comment).isBlank()
                && line.substring(comment).split(PARTNERS, 2)[0].contains(tag);
    }

    /** Where the statement begins: behind a line that ends one, or a block. */
    private static int first(List<String> lines, int at) {
        int first = at;
        while (first > 0
                && !lines.get(first - 1).replaceAll("//.*", "").strip().matches("|.*[;{}:]|\\*.*|.*\\*/|@.*")) {
            first--;
        }
        return first;
    }

    private static TaggedLine at(Path sources, Path file, int first, int last) {
        Path name = sources.relativize(file);
        String folder = Objects.requireNonNull(name.getParent()).toString().replace('\\', '/');
        return new TaggedLine(folder, name.getFileName().toString().replace(".java", ""), first, last);
    }
}
