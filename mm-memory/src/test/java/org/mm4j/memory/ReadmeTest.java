package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/** The lines of the README compile, and do what it says. */
class ReadmeTest {
    private static void tenLines() {
        MemoryOptions options = MemoryOptions.defaults().withBytes(64L << 30);
        try (PhysicalMemory memory = HostMemory.reserve(options)) {
            MemorySegment map = memory.directMap();
            long pfn = 42;
            long offset = pfn * PageFrame.PAGE_SIZE;
            map.set(ValueLayout.JAVA_LONG, offset, 7);
            System.out.println(memory.kind() + ": " + memory.bytesCommitted() + " of " + memory.bytes());
            memory.punchHole(offset, PageFrame.PAGE_SIZE);
            System.out.println(map.get(ValueLayout.JAVA_LONG, offset));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void printWhatTheReadmeSays() {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            tenLines();
        } finally {
            System.setOut(console);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8).lines()).containsExactly("memfd: 4096 of 68719476736", "0");
    }

    @Test
    void areTheLinesOfTheReadme() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String source = Files.readString(Path.of("src/test/java/org/mm4j/memory/ReadmeTest.java"));
        String lines = readme.substring(readme.indexOf("```java\n") + 8, readme.indexOf("```\n\nIt prints"));
        assertThat(lines.lines()).hasSize(10);
        assertThat(unindented(source)).contains(unindented(lines));
    }

    private static String unindented(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
