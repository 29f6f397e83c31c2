package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real kernel, with each of its engines, does what the recorded one did. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class EngineReplayTest {
    private static final int LINES = 40_000;

    private static JsonObject replay(String... arguments) throws Exception {
        CommandRun run = CommandRun.of(ShippedTracePart.ofLines(LINES), arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.json();
    }

    private static void assertAllEqual(JsonObject json, String what) {
        JsonObject compared = json.getAsJsonObject(what);
        assertThat(compared.get("checked").getAsLong()).as(what).isPositive();
        assertThat(compared.get("equal").getAsLong())
                .as(what)
                .isEqualTo(compared.get("checked").getAsLong());
    }

    @ParameterizedTest
    @CsvSource({
        "cpu_slab, 1", "cpu_slab, 2", "cpu_slab, 8",
        "owned, 1", "owned, 2", "owned, 8",
        "sheaves, 1", "sheaves, 2", "sheaves, 8",
        "debug, 1", "debug, 2", "debug, 8"
    })
    void everyEngineDoesWhatTheRecordedKernelDid(String engine, String threads) throws Exception {
        JsonObject json = replay("replay", "-", "--json", "--engine", engine, "--threads", threads);

        assertThat(json.get("engine").getAsString()).isEqualTo(engine);
        assertAllEqual(json, "sizeClass");
        assertAllEqual(json, "cacheSize");
        assertAllEqual(json, "vmapArea");
        assertAllEqual(json, "migrateType");
        assertThat(json.get("failedAllocations").getAsLong()).isZero();
        assertThat(json.get("invariantViolations").getAsLong()).isZero();
        assertThat(json.get("leakedAfterTeardown").getAsLong()).isZero();
    }

    /** Dense classes are 4 in a doubling: most requests get less than Linux gave them, and none gets more. */
    @ParameterizedTest
    @CsvSource({"linux, 2", "library, 1", "library, 2", "study, 2"})
    void everyPresetDoesWhatTheRecordedKernelDid(String preset, String threads) throws Exception {
        JsonObject json = replay("replay", "-", "--json", "--preset", preset, "--threads", threads);

        assertThat(json.get("preset").getAsString()).isEqualTo(preset);
        assertAllEqual(json, "vmapArea");
        assertAllEqual(json, "migrateType");
        Map<String, String> differences =
                Map.of("linux", "none none", "library", "smaller none", "study", "none larger");
        assertThat(different(json, "sizeClass") + " " + different(json, "cacheSize"))
                .isEqualTo(differences.get(preset));
        assertThat(json.get("applied").getAsLong()).isPositive();
        assertThat(json.get("failedAllocations").getAsLong()).isZero();
        assertThat(json.get("invariantViolations").getAsLong()).isZero();
        assertThat(json.get("leakedAfterTeardown").getAsLong()).isZero();
    }

    private static String different(JsonObject json, String what) {
        JsonObject compared = json.getAsJsonObject(what);
        long smaller = compared.get("smaller").getAsLong();
        long larger = compared.get("larger").getAsLong();
        assertThat(compared.get("equal").getAsLong() + smaller + larger)
                .isEqualTo(compared.get("checked").getAsLong());
        return smaller > 0 && larger > 0 ? "both" : smaller > 0 ? "smaller" : larger > 0 ? "larger" : "none";
    }

    @Test
    void theTextSaysWhatIsDifferent() throws Exception {
        CommandRun run =
                CommandRun.of(ShippedTracePart.ofLines(LINES), "replay", "-", "--no-report", "--preset", "library");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("preset +library: one zone")
                .containsPattern(
                        "kmalloc +[\\d,]+ of [\\d,]+ size classes are as the real kernel printed, [\\d,]+ smaller, none larger")
                .contains("every page and object came back");
    }

    @Test
    void aPresetThatThereIsNotIsRefused() throws Exception {
        CommandRun run = CommandRun.of(ShippedTracePart.ofLines(10), "replay", "-", "--preset", "fast");

        assertThat(run.exitCode()).isEqualTo(Mm.BAD_USAGE);
        assertThat(run.err()).contains("--preset").contains("linux, library, study");
    }
}
