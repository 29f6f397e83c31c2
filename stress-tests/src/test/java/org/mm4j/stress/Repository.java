package org.mm4j.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of this repository, as the tests of the source tree read them: what git ignores is left out. */
final class Repository {
    private static final Path ROOT = findRoot();
    private static final List<Path> FILES = findFiles();

    private Repository() {}

    static Path root() {
        return ROOT;
    }

    /** The folders that the root POM names as modules. */
    static List<String> modules() {
        return Pattern.compile("<module>([^<]+)</module>")
                .matcher(read(ROOT.resolve("pom.xml")))
                .results()
                .map(m -> m.group(1))
                .toList();
    }

    static List<Path> files() {
        return FILES;
    }

    /** Java files of the modules proper, without tests, benchmarks and stress tests. */
    static List<Path> mainSources() {
        return javaFiles("mm-[a-z]+/src/main/java/.*").stream()
                .filter(f -> !name(f).startsWith("mm-bench/"))
                .toList();
    }

    /** Java files whose path from the root, written with slashes, matches the regular expression. */
    static List<Path> javaFiles(String path) {
        Pattern pattern = Pattern.compile(path);
        return FILES.stream()
                .filter(f ->
                        name(f).endsWith(".java") && pattern.matcher(name(f)).matches())
                .toList();
    }

    /** Main sources of the packages that modules export. */
    static List<Path> exportedSources() {
        List<Path> sources = new ArrayList<>();
        for (Path descriptor : javaFiles("mm-[a-z]+/src/main/java/module-info\\.java")) {
            Matcher exports = Pattern.compile("\\bexports\\s+([\\w.]+)\\s*;").matcher(JavaText.code(read(descriptor)));
            while (exports.find()) {
                Path folder = descriptor.resolveSibling(exports.group(1).replace('.', '/'));
                mainSources().stream().filter(f -> f.getParent().equals(folder)).forEach(sources::add);
            }
        }
        if (sources.isEmpty()) {
            throw new IllegalStateException("no module exports anything");
        }
        return sources;
    }

    /** The path from the root, with slashes. */
    static String name(Path file) {
        return ROOT.relativize(file).toString().replace('\\', '/');
    }

    /** The text of a file; what is no text in it comes out as question marks. */
    static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path findRoot() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no folder above has an mvnw");
            }
        }
        return folder;
    }

    private static List<Path> findFiles() {
        List<PathMatcher> ignored = ignored();
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return isIgnored(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (attributes.isRegularFile() && !isIgnored(file)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                private boolean isIgnored(Path path) {
                    return ignored.stream().anyMatch(m -> m.matches(path.getFileName()));
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(null);
        return files;
    }

    /** The patterns of .gitignore, each of which is the name of a file or of a folder. */
    private static List<PathMatcher> ignored() {
        return ("/.git\n" + read(ROOT.resolve(".gitignore")))
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceAll("^/|/$", ""))
                .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
                .toList();
    }
}
