package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jctools.util.Pow2;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.memory.HostMemory;

/** What native code meets at an address: its memory as long as the area lives, and then the end of the process. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RawAccessTest {
    @ParameterizedTest
    @CsvSource({"live, 0", "guard, 1", "freed, 1", "unmapped, 1", "number, 1"})
    void rawAccess(String what, int exitCode, @TempDir Path folder) throws Exception {
        ProcessBuilder program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        classPath(),
                        RawAccess.class.getName(),
                        what)
                .directory(folder.toFile())
                .redirectErrorStream(true);
        program.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        Process java = program.start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).as(output).isEqualTo(exitCode);
        assertThat(output).startsWith("begin");
        if (exitCode != 0) {
            assertThat(output).contains("SIGSEGV").doesNotContain("read ");
        } else {
            assertThat(output).contains("read 42");
        }
    }

    private static String classPath() {
        return Stream.of(
                        RawAccess.class,
                        Vmalloc.class,
                        PhysicalMemory.class,
                        HostMemory.class,
                        BuddyAllocator.class,
                        MpscUnboundedVarHandleArrayQueue.class,
                        Pow2.class)
                .map(RawAccessTest::location)
                .flatMap(path -> path.endsWith("test-classes")
                        ? Stream.of(path, path.resolveSibling("classes"))
                        : Stream.of(path))
                .distinct()
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path location(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
