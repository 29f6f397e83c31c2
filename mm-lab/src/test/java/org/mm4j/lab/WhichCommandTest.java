package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.lab.replay.NaiveKernels;

class WhichCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int which(String options) {
        out.reset();
        Surroundings surroundings = new Surroundings(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                false,
                false,
                NaiveKernels::boot,
                Duration.ZERO);
        Stream<String> words = options.isEmpty() ? Stream.of() : Stream.of(options.split(" "));
        return Mm.execute(surroundings, Stream.concat(Stream.of("which"), words).toArray(String[]::new));
    }

    private JsonObject json(String options) {
        assertThat(which(options + " --json")).isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
        return JsonParser.parseString(out.toString(UTF_8)).getAsJsonObject();
    }

    @Test
    void theTextSaysWhatAndWhy() {
        assertThat(which("--size 132K --contiguous physical")).isZero();

        assertThat(out.toString(UTF_8)).isEqualTo("""
                use        alloc_pages_exact(135168, GFP_KERNEL)
                           Contiguous pages are not a power of two: what is over goes back at once; order 6 is costly, so it may fail although memory is free.
                takes      33 pages, cut from a block of order 6; 135168 bytes, 0 of them wasted
                free with  free_pages_exact
                flags      GFP_KERNEL
                           The caller may wait while memory is reclaimed; inside input, output or a file system, a noio or nofs scope is around it; __GFP_RETRY_MAYFAIL tries harder, __GFP_NORETRY|__GFP_NOWARN gives up sooner.

                or         alloc_pages(GFP_KERNEL, 6)
                           It keeps a power of two of pages, needed or not.
                takes      a block of order 6: 64 pages; 262144 bytes, 126976 of them wasted
                free with  __free_pages

                or         kmalloc(135168, GFP_KERNEL)
                           The same block as alloc_pages takes, and given back without its size.
                takes      a block of order 6; 262144 bytes, 126976 of them wasted
                free with  kfree
                """);
    }

    @Test
    void theJsonHasTheSame() {
        JsonObject json = json("--size 100 --atomic --zero");

        assertThat(json.keySet()).containsExactly("bytesRequested", "gfp", "gfpWhy", "recommended", "alternatives");
        assertThat(json.get("bytesRequested").getAsLong()).isEqualTo(100);
        assertThat(json.get("gfp").getAsString()).isEqualTo("GFP_ATOMIC");
        JsonObject recommended = json.getAsJsonObject("recommended");
        assertThat(recommended.keySet())
                .containsExactly("api", "call", "freeWith", "takes", "bytesAllocated", "bytesWasted", "why");
        assertThat(recommended.get("call").getAsString()).isEqualTo("kzalloc(100, GFP_ATOMIC)");
    }

    @ParameterizedTest
    @CsvSource({
        "0100,        100",
        "1b,          1",
        "4k,          4096",
        "132KiB,      135168",
        "2M,          2097152",
        "3GB,         3221225472",
        "32T,         35184372088832"
    })
    void sizesHaveUnits(String size, long bytes) {
        assertThat(json("--size " + size).get("bytesRequested").getAsLong()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                | Missing required option: '--size=N'; see mm which --help
            --size 0                          | --size is 1 byte to 32 TiB, as 100, 132K or 8M, not "0"
            --size -1                         | --size is 1 byte to 32 TiB, as 100, 132K or 8M, not "-1"
            --size 33T                        | --size is 1 byte to 32 TiB, as 100, 132K or 8M, not "33T"
            --size 1.5K                       | --size is 1 byte to 32 TiB, as 100, 132K or 8M, not "1.5K"
            --size 99999999999999999999       | --size is 1 byte to 32 TiB, as 100, 132K or 8M, not "99999999999999999999"
            --size 1 --count 0                | --count is a whole number from 1 to 35184372088832, not "0"
            --size 1T --count 33              | 33 objects of 1099511627776 bytes are more than the kernel's 32 TiB of virtual addresses
            --size 1 --contiguous any         | --contiguous is one of physical, virtual, not "any"
            --size 1 --contiguous both        | --contiguous is one of physical, virtual, not "both"
            --size 1 --lifetime ever          | --lifetime is one of short, long, device, rcu, not "ever"
            --size 1 --cpus 0                 | --cpus is a whole number from 1 to 8192, not "0"
            --size 5M --atomic                | nobody gets 5242880 bytes without waiting: the largest block has 4194304, so take the memory beforehand
            --size 1 --user --atomic          | memory of a user process is taken while the process runs and may wait, so it is not taken atomically
            --size 1 --dma --contiguous virtual | a device sees physical addresses, so memory for DMA cannot be contiguous virtually only
            """)
    void whatIsWrongIsSaidInOneLine(String options, String message) {
        assertThat(which(options)).isEqualTo(2);

        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).isEqualToIgnoringNewLines("mm: " + message);
    }

    @Test
    void helpHasExamplesThatWork() {
        assertThat(which("--help")).isZero();
        List<String> examples = out.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith("  mm which "))
                .map(line -> line.replace("  mm which ", ""))
                .toList();

        assertThat(examples)
                .hasSize(4)
                .allSatisfy(example -> assertThat(which(example)).isZero());
    }

    /** Every row of the table: need, command, function, bytes, bytes wasted. */
    @Test
    void theReadmeOfTheKernelTellsTheTruth() throws IOException {
        String readme = Files.readString(Path.of("../mm-kernel/README.md"));
        List<String> rows =
                readme.lines().filter(line -> line.contains("| `./mm which ")).toList();
        assertThat(rows).hasSize(16);
        List<String> computed = new ArrayList<>();
        for (String row : rows) {
            String[] cells = row.split(" \\| ");
            String options = cells[1].replace("`", "").replace("./mm which ", "");
            JsonObject recommended = json(options + " --cpus 2").getAsJsonObject("recommended");
            computed.add(String.join(
                    " | ",
                    cells[0],
                    cells[1],
                    '`' + recommended.get("api").getAsString() + '`',
                    recommended.get("bytesAllocated").getAsString(),
                    recommended.get("bytesWasted").getAsString() + " |"));
        }
        assertThat(computed).isEqualTo(rows);
    }
}
