package org.mm4j.stress.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.lab.stress.SoakResult;
import org.mm4j.slab.SlabEngineKind;

/** Short soaks; {@code -Dmm4j.soak.seconds=600} makes them long, and {@code -Dmm4j.soak.seed} repeats one. */
@Timeout(value = 4000, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SoakTest {
    private static final int ENGINES = SlabEngineKind.values().length;
    private static final long SEED =
            Long.getLong("mm4j.soak.seed", ThreadLocalRandom.current().nextLong());

    private static SoakResult soak(String inject, int seconds) {
        Duration time = Duration.ofSeconds(Integer.getInteger("mm4j.soak.seconds", seconds));
        return new Soak(inject, SEED).run(time, time.dividedBy(ENGINES));
    }

    @Test
    void everyBlockHasOneOwnerAndAllPagesComeBack() {
        SoakResult result = soak("", 15);
        assertThat(result.troubles()).as("seed %d", SEED).isEmpty();
        assertThat(result.rounds()).hasSize(ENGINES);
    }

    @Test
    @DisplayName(
            "one call in a thousand fails, at every point: each failure has a fault, and each fault is seen or absorbed")
    void everyFailureIsTold() {
        SoakResult result = soak("1/1000", 60);
        assertThat(result.troubles()).as("seed %d", SEED).isEmpty();
        assertThat(result.rounds()).hasSize(ENGINES);
        assertThat(result.faults())
                .hasSize(FaultPoint.values().length)
                .filteredOn(each -> each.calls() > 20_000) // of fewer, none may be hit
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.faults()).isPositive());
    }

    @Test
    @DisplayName("one call in twenty fails: at every point, and at every lock that somebody attempts to get")
    void everySiteIsReached() {
        SoakResult result = soak("1/20", 18);
        assertThat(result.troubles()).as("seed %d", SEED).isEmpty();
        assertThat(result.faults())
                .hasSize(FaultPoint.values().length)
                .allSatisfy(each -> assertThat(each.faults()).isPositive());
        assertThat(result.faults())
                .filteredOn(each -> each.point().equals(FaultPoint.FAIL_TRYLOCK.kernelName()))
                .flatMap(SoakResult.Faults::sites)
                .as("seed %d", SEED)
                .containsAll(FaultSites.OF_TRYLOCK);
    }
}
