package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mm4j.api.PhysicalMemory;

/** A JVM that may call nothing native. */
class NoNativeAccessTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void fallsBackToTheArenaOrSaysHowToStartJava() throws Exception {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--illegal-native-access=deny",
                "-cp",
                classPath(),
                NoNativeAccess.class.getName());
        program.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        Process java = program.redirectErrorStream(true).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output.lines())
                .containsExactly(
                        "AUTO: arena",
                        "MEMFD: there is no memfd on this host: native access is off;"
                                + " start Java with --enable-native-access=ALL-UNNAMED",
                        "ARENA: arena");
        assertThat(java.waitFor()).isZero();
    }

    /** Class path, where the module is unnamed. */
    private static String classPath() throws Exception {
        URI tests =
                NoNativeAccessTest.class.getResource("NoNativeAccessTest.class").toURI();
        Path testClasses = Path.of(tests).resolve("../../../..").normalize();
        return Stream.of(
                        testClasses,
                        testClasses.resolveSibling("classes"),
                        Path.of(PhysicalMemory.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI()))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
