package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.lab.replay.NaiveKernels;

/** Memory that falls apart, on booted kernels, with kcompactd and without. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FragmentCommandTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int fragment(String... options) {
        Surroundings surroundings = new Surroundings(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                false,
                false,
                NaiveKernels::boot,
                Duration.ZERO);
        List<String> all = Stream.concat(Stream.of("fragment", "--report", page().toString()), Stream.of(options))
                .toList();
        return Mm.execute(surroundings, all.toArray(String[]::new));
    }

    private Path page() {
        return folder.resolve("fragment.html");
    }

    private static List<Double> series(JsonObject json, String name) {
        return json.getAsJsonObject(name).getAsJsonArray("percentWhole").asList().stream()
                .map(JsonElement::getAsDouble)
                .toList();
    }

    @Test
    @DisplayName(
            "100 rounds of 8 threads that replace 10 % of the pages, at half fill: compaction leaves 40 % of memory free as "
                    + "blocks of order 9, ahead of requests or when they are asked for; without it less than half of that")
    void staysWhole() throws IOException {
        int code = fragment("--json", "--memory", "128M", "--threads", "8", "--rounds", "100", "--seed", "7");
        assertThat(err.toString(UTF_8)).isEmpty();
        assertThat(code).isZero();
        JsonObject json = JsonParser.parseString(out.toString(UTF_8)).getAsJsonObject();
        List<Double> with = series(json, "withCompaction");
        List<Double> asked = series(json, "asked");
        List<Double> byDefault = series(json, "byDefault");
        List<Double> without = series(json, "without");
        assertThat(with).hasSize(101);
        assertThat(with.getLast()).as("percent of memory, of 50 that are free").isGreaterThanOrEqualTo(40);
        assertThat(asked).hasSize(101);
        assertThat(asked.getLast()).as("at the kernel's default").isGreaterThanOrEqualTo(40);
        assertThat(byDefault).hasSize(101);
        assertThat(byDefault.getLast())
                .as("a tenth of what is free, when nobody asks")
                .isGreaterThanOrEqualTo(5);
        assertThat(without).hasSize(101);
        assertThat(without.getFirst()).as("half is free, and lies everywhere").isLessThan(1);
        assertThat(without.getLast())
                .as("small blocks are taken first, so some pageblocks run empty by themselves")
                .isLessThan(20);
        JsonObject compacted = json.getAsJsonObject("withCompaction");
        assertThat(compacted.get("runs").getAsLong()).as("runs of kcompactd").isPositive();
        assertThat(compacted.get("blocksMoved").getAsLong()).isGreaterThan(4_000);
        assertThat(json.getAsJsonObject("without").get("blocksMoved").getAsLong())
                .isZero();
        assertThat(json.getAsJsonArray("violations")).isEmpty();
        assertThat(Files.readString(page()))
                .contains("\"with\":[", "\"asked\":[", "\"byDefault\":[", "\"without\":[", "All checks passed");
    }

    @Test
    @DisplayName("the text names both figures, and where the page is")
    void text() {
        assertThat(fragment("--memory", "32M", "--threads", "2", "--rounds", "2"))
                .isZero();
        assertThat(out.toString(UTF_8))
                .containsPattern("  proactive 90 +[0-9.]+ %, ")
                .containsPattern("  default, asked +[0-9.]+ %, ")
                .containsPattern("  default +[0-9.]+ %, ")
                .containsPattern("  off +0\\.0 %, ")
                .contains("checks        all passed")
                .endsWith("report        " + page() + "\n");
    }

    @ParameterizedTest
    @CsvSource({
        "--memory, 16M, '--memory is 32M or more'",
        "--threads, 0, '--threads is a whole number from 1 to 64'",
        "--rounds, x, '--rounds is a whole number from 1 to 100000'",
        "--proactiveness, 0, '--proactiveness is a whole number from 1 to 100'",
    })
    void badArgumentsAreRefused(String option, String value, String sentence) {
        assertThat(fragment(option, value)).isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("mm: ").contains(sentence);
    }
}
