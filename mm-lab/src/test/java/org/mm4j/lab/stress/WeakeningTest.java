package org.mm4j.lab.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A copy of a class loses one access mode, at one place. */
class WeakeningTest {
    private static final String NAME = "org/mm4j/lab/stress/TaggedFixture";
    private static final Path SOURCE = Path.of("src/test/java", NAME + ".java");

    @TempDir
    Path folder;

    private Path jar;

    @BeforeEach
    void packFixture() throws IOException {
        Path source = folder.resolve("mm-fixture/src/main/java").resolve(NAME + ".java");
        Files.createDirectories(source.getParent());
        Files.copy(SOURCE, source);
        jar = folder.resolve("fixture.jar");
        try (InputStream in = WeakeningTest.class.getResourceAsStream("TaggedFixture.class");
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(NAME + ".class"));
            out.write(in.readAllBytes());
        }
    }

    private List<String> weaken(String tag) throws IOException {
        try (ShippedClasses classes = new ShippedClasses(jar)) {
            return Weakening.write(
                    tag.contains(".R"), classes, TaggedLines.find(folder, tag), folder.resolve("classes"));
        }
    }

    private byte[] weakened() throws IOException {
        return Files.readAllBytes(folder.resolve("classes").resolve(NAME + ".class"));
    }

    /** The names of all that a method calls. */
    private List<String> calls(String method) throws IOException {
        ClassModel model = ClassFile.of().parse(weakened());
        return model.methods().stream()
                .filter(each -> each.methodName().equalsString(method))
                .flatMap(each -> each.code().orElseThrow().elementStream())
                .filter(InvokeInstruction.class::isInstance)
                .map(call -> ((InvokeInstruction) call).name().stringValue())
                .toList();
    }

    @Test
    void onlyTheTaggedCallOfAnAccessorIsWeakened() throws IOException {
        assertThat(weaken("fixture.R1")).containsExactly("TaggedFixture.java:14: setRelease becomes set");

        assertThat(calls("run")).startsWith("setWordRelease$weak", "setWordRelease", "wordAcquire");
        assertThat(calls("setWordRelease$weak")).containsExactly("set");
        assertThat(calls("setWordRelease")).containsExactly("setRelease");
    }

    @Test
    void aCompareAndSetStaysAtomicAlsoWhereTheStatementHasSeveralLines() throws IOException {
        assertThat(weaken("fixture.R2"))
                .singleElement()
                .asString()
                .endsWith(": compareAndSet becomes weakCompareAndSetAcquire");

        assertThat(calls("casWord$weak")).containsExactly("weakCompareAndSetAcquire");
    }

    @Test
    void aFenceIsLeftOut() throws IOException {
        assertThat(weaken("fixture.A2")).singleElement().asString().endsWith(": acquireFence is left out");

        assertThat(calls("run")).doesNotContain("acquireFence");
    }

    @Test
    void anAccessWithoutAnAccessorIsWeakenedInItsPlace() throws IOException {
        assertThat(weaken("fixture.R3")).singleElement().asString().endsWith(": setVolatile becomes set");

        assertThat(calls("run")).contains("set").doesNotContain("setVolatile");
    }

    @ParameterizedTest
    @CsvSource({"fixture.R1", "fixture.A1", "fixture.R2", "fixture.A2", "fixture.R3"})
    void whatIsWeakenedIsAClassThatRuns(String tag) throws Exception {
        weaken(tag);
        byte[] bytes = weakened();
        var loader = new ClassLoader(null) {
            Class<?> define() {
                return defineClass(null, bytes, 0, bytes.length);
            }
        };

        var made = loader.define().getDeclaredConstructor();
        made.setAccessible(true);
        ((Runnable) made.newInstance()).run();
    }

    @Test
    void aTagThatStandsNowhereWeakensNothing() throws IOException {
        assertThat(weaken("fixture.A9")).isEmpty();
        assertThat(folder.resolve("classes")).doesNotExist();
    }
}
