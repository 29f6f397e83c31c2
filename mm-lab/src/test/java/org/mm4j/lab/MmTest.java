package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.lab.replay.NaiveKernels;

class MmTest {
    private static final String TRACE = """
            task-1 [000] ..... 1.000001: mm_page_alloc: page=1 pfn=0x40 order=2 migratetype=0 gfp_flags=GFP_KERNEL
            task-1 [001] ..... 1.000002: mm_page_free: page=1 pfn=0x40 order=2
            task-1 [001] ..... 1.000003: kfree: ptr=00000000000000aa
            """;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int mm(TargetFactory kernels, boolean isTerminal, String input, String... arguments) {
        InputStream in = new ByteArrayInputStream(input.getBytes(UTF_8));
        return Mm.execute(
                new Surroundings(
                        in,
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        isTerminal,
                        false,
                        kernels,
                        Duration.ofMillis(2)),
                arguments);
    }

    private int mm(String input, String... arguments) {
        return mm(NaiveKernels::boot, false, input, arguments);
    }

    private String out() {
        return out.toString(UTF_8);
    }

    private String err() {
        return err.toString(UTF_8);
    }

    @Test
    void replayWritesATableAndAReport() throws Exception {
        Path report = folder.resolve("r.html");

        int exit = mm(TRACE, "replay", "-", "--report", report.toString());

        assertThat(exit).isZero();
        assertThat(err()).isEmpty();
        assertThat(out())
                .contains(
                        "events        3: 2 applied, 0 skipped, 1 frees of what is older",
                        "verdict       passed",
                        "report        " + report);
        assertThat(Files.readString(report)).contains("standard input", "All checks passed.");
    }

    @Test
    void jsonIsAllThatIsPrinted() {
        assertThat(mm(TRACE, "replay", "-", "--threads", "3", "--json")).isZero();

        assertThat(err()).isEmpty();
        JsonObject json = JsonParser.parseString(out()).getAsJsonObject();
        assertThat(json.get("applied").getAsInt()).isEqualTo(2);
        assertThat(json.get("threads").getAsInt()).isEqualTo(3);
        assertThat(json.get("leakedAfterTeardown").getAsInt()).isZero();
        assertThat(json.get("unmatchedFrees").getAsInt()).isEqualTo(1);
    }

    @Test
    void runReplaysTheShippedTrace() {
        assertThat(mm("", "run", "--json", "--threads", "2")).isZero();

        JsonObject json = JsonParser.parseString(out()).getAsJsonObject();
        assertThat(json.get("source").getAsString()).isEqualTo("kmem-compile.trace.gz");
        assertThat(json.get("events").getAsInt()).isEqualTo(250_000);
        assertThat(json.get("invariantViolations").getAsInt()).isZero();
    }

    @Test
    void aFailedCheckExitsWithOne() {
        assertThat(mm(NaiveKernels::bootBroken, false, TRACE, "replay", "-", "--no-report"))
                .isEqualTo(1);
        assertThat(out()).contains("verdict       FAILED", "broken        it is broken");
    }

    @Test
    void progressIsShownOnATerminalAndGoneAfterwards() {
        assertThat(mm(NaiveKernels::boot, true, TRACE, "replay", "-", "--json")).isZero();

        assertThat(JsonParser.parseString(out()).isJsonObject()).isTrue();
        assertThat(err()).contains("replaying").endsWith("\r" + " ".repeat(79) + "\r");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                              | Missing command; see mm --help
            nonsense                        | Unmatched argument at index 0: 'nonsense'; see mm --help
            replay                          | Missing required parameter: 'FILE|-'; see mm replay --help
            replay - -x                     | Unknown option: '-x'; see mm replay --help
            replay - --threads many         | Invalid value for option '--threads': 'many' is not an int; see mm replay --help
            replay - --threads 0            | --threads is 1 to 1024, not 0
            replay - --engine slob          | --engine is one of cpu_slab, owned, sheaves, not "slob"
            replay - --memory lots          | Invalid value for option '--memory': 'lots' is no size of memory like 512M or 2G; see mm replay --help
            replay - --memory 0             | Invalid value for option '--memory': '0' is not between 1 byte and 64 TiB; see mm replay --help
            replay - --memory 9999999T      | Invalid value for option '--memory': '9999999T' is not between 1 byte and 64 TiB; see mm replay --help
            replay - --memory 2G            | there is no memory for 2147483648 bytes and 2 threads
            replay no/such/file             | no/such/file: there is no such file
            replay - --report no/such/file  | the report cannot go to no/such/file: there is no directory
            replay - --report x --no-report | --report and --no-report contradict each other
            run - extra                     | Unmatched arguments from index 1: '-', 'extra'; see mm run --help
            """)
    void whatIsWrongIsSaidInOneLine(String arguments, String message) {
        String all = arguments.contains("2G") ? arguments + " --threads 2" : arguments;
        String[] words = all.isEmpty() ? new String[0] : all.split(" ");

        assertThat(mm(TRACE, words)).isEqualTo(2);

        assertThat(out()).isEmpty();
        assertThat(err().lines()).singleElement().asString().startsWith("mm: " + message);
    }

    @Test
    void aBadTraceIsSaidInOneLine() {
        assertThat(mm(TRACE + "and so on\n", "replay", "-", "--json")).isEqualTo(2);

        assertThat(out()).isEmpty();
        assertThat(err().lines()).singleElement().asString().startsWith("mm: standard input, line 4: \"and so on\"");
    }

    @Test
    void aLineFeedInANameIsNoNewLine() {
        assertThat(mm("", "replay", "a\nb")).isEqualTo(2);
        assertThat(err()).isEqualToIgnoringNewLines("mm: a b: there is no such file");
    }

    @Test
    void aKernelThatFailsIsACheckThatFailed() {
        TargetFactory failing = (threads, bytes, engine) -> {
            throw new IllegalStateException("the kernel panicked");
        };
        assertThat(mm(failing, false, TRACE, "replay", "-")).isEqualTo(1);
        assertThat(err())
                .isEqualToIgnoringNewLines("mm: replay failed: java.lang.IllegalStateException: the kernel panicked");
    }

    @Test
    void everyCommandHasHelp() {
        for (List<String> command : List.of(
                List.of("--help"),
                List.of("run", "-h"),
                List.of("replay", "--help"),
                List.of("cat", "--help"),
                List.of("slabinfo", "--help"),
                List.of("slabtop", "--help"),
                List.of("vmallocinfo", "--help"),
                List.of("proc", "--help"),
                List.of("zones", "--help"),
                List.of("geometry", "-h"))) {
            out.reset();
            assertThat(mm("", command.toArray(String[]::new))).isZero();
            assertThat(out()).startsWith("Usage: mm").contains("--help");
        }
        assertThat(err()).isEmpty();
    }

    @Test
    void sizesOfMemoryAreRoundedUpToWholeBlocks() throws Exception {
        MemorySize size = new MemorySize();

        assertThat(size.convert("1")).isEqualTo(4 << 20);
        assertThat(size.convert("64M")).isEqualTo(64 << 20);
        assertThat(size.convert("1gib")).isEqualTo(1 << 30);
        assertThat(size.convert("4097 KiB")).isEqualTo(8 << 20);
        assertThat(MemorySize.forPeak(0)).isEqualTo(64 << 20);
        assertThat(MemorySize.forPeak(10_877)).isEqualTo(152 << 20);
    }
}
