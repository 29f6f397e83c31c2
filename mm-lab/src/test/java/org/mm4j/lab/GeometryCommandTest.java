package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.lab.replay.NaiveKernels;

class GeometryCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int geometry(String... options) {
        out.reset();
        Surroundings surroundings = new Surroundings(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                false,
                false,
                NaiveKernels::boot,
                Duration.ZERO);
        return Mm.execute(
                surroundings,
                Stream.concat(Stream.of("geometry"), Stream.of(options)).toArray(String[]::new));
    }

    private JsonObject json(String options) {
        assertThat(geometry((options + " --json").split(" "))).isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
        return JsonParser.parseString(out.toString(UTF_8)).getAsJsonObject();
    }

    /** From /sys/kernel/slab of a Linux 6.18 with two CPUs: kmalloc-1k, sock_inode_cache, bio-264, inode_cache, kvm_vcpu. */
    @ParameterizedTest
    @CsvSource({
        "--size 1024 --align 1024,  1024, 1024, 16, 2, 24, 5",
        "--size 768 --hwcache --ctor, 64, 832,  19, 2, 52, 5",
        "--size 264 --hwcache --rcu,  64, 320,  12, 0, 52, 5",
        "--size 616 --ctor,           8,  624,  13, 1, 52, 5",
        "--size 51472 --align 16,     16, 51472, 1, 4, 6,  7"
    })
    void figuresAreThoseOfSysfs(
            String options, int align, int slabSize, int objsPerSlab, int order, int cpuPartial, int minPartial) {
        JsonObject json = json(options + " --cpus 2");

        assertThat(json.get("align").getAsInt()).isEqualTo(align);
        assertThat(json.get("slabSize").getAsInt()).isEqualTo(slabSize);
        assertThat(json.get("objsPerSlab").getAsInt()).isEqualTo(objsPerSlab);
        assertThat(json.get("order").getAsInt()).isEqualTo(order);
        assertThat(json.get("cpuPartial").getAsInt()).isEqualTo(cpuPartial);
        assertThat(json.get("minPartial").getAsInt()).isEqualTo(minPartial);
    }

    @Test
    void theFreePointerMovesBehindTheObjectWhenTheObjectMustStay() {
        assertThat(json("--size 40").get("freePointerOffset").getAsInt()).isEqualTo(16);
        assertThat(json("--size 40 --ctor").get("freePointerOffset").getAsInt()).isEqualTo(40);
        assertThat(json("--size 40 --rcu").get("freePointerOffset").getAsInt()).isEqualTo(40);
    }

    @Test
    void cachesThatStayAloneHaveNoIdOfMerging() {
        assertThat(json("--size 60 --cpus 2").get("mergeId").getAsString()).isEqualTo(":0000064");
        assertThat(json("--size 60 --debug U").has("mergeId")).isFalse();
    }

    @Test
    void cpusAreThoseOfThisMachineWhenNotGiven() {
        assertThat(json("--size 60").get("cpus").getAsInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void theSlotIsATable() {
        assertThat(geometry("--size", "64", "--debug", "zpu", "--cpus", "2")).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("""
                Objects of 64 bytes, aligned to 8; flags SLAB_RED_ZONE|SLAB_POISON|SLAB_STORE_USER, CPUs 2.

                A slot has 160 bytes:
                what                               offset  bytes
                left red zone                          -8      8
                object                                  0     64
                right red zone                         64      8
                free pointer, behind the object        72      8
                users: last allocation, last free      80     64
                padding and guard                     144      8

                A slab has 1 page, order 0: 25 objects, 96 bytes left over. When memory is short: order 0, 25 objects.
                A CPU keeps 0 free objects, 0 slabs (cpu_partial); with sheaves, 0 objects each.
                A node keeps 5 slabs, empty ones included (min_partial).
                It is never merged with other caches.
                """);
    }

    @Test
    void anOrdinarySlotIsShort() {
        assertThat(geometry("--size", "1000", "--ctor", "--cpus", "2")).isZero();
        assertThat(out.toString(UTF_8))
                .startsWith("Objects of 1000 bytes, aligned to 8; flags none, a constructor, CPUs 2.\n")
                .contains("free pointer, behind the object    1000      8")
                .contains("A slab has 4 pages, order 2: 16 objects, 256 bytes left over.")
                .doesNotContain("red zone", "padding");
        assertThat(geometry("--size", "60")).isZero();
        assertThat(out.toString(UTF_8))
                .contains("padding                              60      4")
                .contains("free pointer, inside while free      24      8")
                .endsWith("Merged caches: :0000064\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                | Missing required option: '--size=N'; see mm geometry --help
            --size            | Missing required parameter for option '--size' (N); see mm geometry --help
            --size 0          | --size is a whole number from 1 to 2147483647, not "0"
            --size -8         | --size is a whole number from 1 to 2147483647, not "-8"
            --size 2147483648 | --size is a whole number from 1 to 2147483647, not "2147483648"
            --size 4k         | --size is a whole number from 1 to 2147483647, not "4k"
            --size 5000000    | --size 5000000: an object of 5000000 bytes needs a slot of 5000000, but the largest slab, of order 10, has 4194304 (-ENOSYS)
            --align -1        | --align is a whole number from 0 to 4194304, not "-1"
            --align 8388608   | --align is a whole number from 0 to 4194304, not "8388608"
            --align 24        | --align is a power of two, not "24"
            --cpus 0          | --cpus is a whole number from 1 to 8192, not "0"
            --cpus two        | --cpus is a whole number from 1 to 8192, not "two"
            --debug FX        | --debug: debug flags are letters of F (consistency checks), Z (red zones), P (poison), U (users), T (trace) and A (failslab); "X" in "FX" is none of them
            --colour          | Unknown option: '--colour'; see mm geometry --help
            """)
    void whatIsWrongIsSaidInOneLine(String given, String message) {
        List<String> options = new ArrayList<>(given.isEmpty() ? List.of() : List.of(given.split(" ")));
        if (!given.isEmpty() && !given.startsWith("--size")) {
            options.addAll(List.of("--size", "64"));
        }

        assertThat(geometry(options.toArray(String[]::new))).isEqualTo(2);

        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).isEqualToIgnoringNewLines("mm: " + message);
    }

    @Test
    void helpHasExamplesThatWork() {
        assertThat(geometry("--help")).isZero();
        List<String> examples = out.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith("  mm geometry --size "))
                .toList();

        assertThat(examples).hasSize(2);
        for (String example : examples) {
            assertThat(geometry(example.replace("  mm geometry ", "").split(" ")))
                    .isZero();
            assertThat(out.toString(UTF_8)).contains("A slot has");
        }
    }
}
