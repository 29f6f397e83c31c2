package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.concurrent.TimeUnit;
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
        "sheaves, 1", "sheaves, 2", "sheaves, 8"
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
}
