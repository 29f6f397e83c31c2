package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the READMEs promise: their ten lines compile and print what is written there, and their links lead somewhere. */
class ReadmeTest {
    private static final int LINES_MAX = 10;
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]+)[^)]*\\)");

    @TempDir
    private Path folder;

    @TestFactory
    @EnabledOnOs(OS.LINUX) // where memory is a memfd, as the READMEs say
    Stream<DynamicTest> tenLinesPrintWhatTheReadmeSays() {
        List<String> packages = packages();
        TreeMap<String, TenLines> readmes = new TreeMap<>();
        Repository.files().stream()
                .filter(file -> file.endsWith("README.md"))
                .forEach(file -> readmes.put(Repository.name(file), TenLines.of(Repository.read(file))));
        readmes.values().removeIf(lines -> lines.lines().isEmpty());
        assertThat(readmes).containsKeys("README.md", "mm-api/README.md", "mm-memory/README.md");
        return readmes.entrySet().stream()
                .map(e -> dynamicTest(e.getKey(), () -> {
                    TenLines lines = e.getValue();
                    assertThat(lines.lines()).hasSizeLessThanOrEqualTo(LINES_MAX);
                    assertThat(lines.prints()).as("code after \"It prints\"").isNotEmpty();
                    assertThat(lines.run(packages, Files.createTempDirectory(folder, "lines")))
                            .isEqualTo(lines.prints());
                }));
    }

    @TestFactory
    Stream<DynamicTest> linksLeadToFiles() {
        List<Path> texts = Repository.files().stream()
                .filter(f -> Repository.name(f).endsWith(".md"))
                .toList();
        assertThat(texts).isNotEmpty();
        return texts.stream()
                .map(text -> dynamicTest(Repository.name(text), () -> {
                    List<String> targets = LINK.matcher(Repository.read(text))
                            .results()
                            .map(m -> m.group(1))
                            .filter(target -> !target.matches("(https?|mailto):.*"))
                            .toList();
                    assertThat(targets)
                            .allSatisfy(target ->
                                    assertThat(text.resolveSibling(target)).exists());
                }));
    }

    /** The packages that a user of any module can import. */
    private static List<String> packages() {
        return Repository.javaFiles("mm-[a-z]+/src/main/java/module-info\\.java").stream()
                .flatMap(descriptor -> Pattern.compile("\\bexports\\s+([\\w.]+)\\s*;")
                        .matcher(JavaText.code(Repository.read(descriptor)))
                        .results()
                        .map(m -> m.group(1)))
                .sorted()
                .toList();
    }
}
