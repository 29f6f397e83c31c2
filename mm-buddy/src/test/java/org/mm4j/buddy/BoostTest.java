package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** The boost of the watermarks after somebody tried to claim a pageblock. */
class BoostTest {
    @RegisterExtension
    final Machines machines = new Machines();

    private final Reclaimer reclaimer = new Reclaimer();

    /** All frames in use, but one small movable block in the first pageblock. */
    private Machine nearlyFull(long frames, ZoneSettings settings) {
        Machine machine =
                machines.of(BuddyConfig.ofFrames(frames).withSettings(settings).withPressure(reclaimer));
        machine.takeAll(Machine.MOVABLE, 0);
        machine.free(START, START + 8, 0);
        reclaimer.wakes.clear();
        return machine;
    }

    @ParameterizedTest
    @DisplayName("each attempt adds a pageblock, up to watermark_boost_factor of the high mark")
    @CsvSource({
        "15000, 4, 1, 512", // high 1: a pageblock is allowed all the same
        "15000, 4, 3, 512",
        "20000, 4096, 1, 512", // high 1536
        "20000, 4096, 2, 1024",
        "20000, 4096, 7, 3072",
        "12500, 4096, 4, 1920",
        "0, 4096, 3, 0"
    })
    void isLimited(int factor, long minFreeKbytes, int attempts, long boost) {
        Machine machine = machines.of(BuddyConfig.ofFrames(8192)
                .withSettings(ZoneSettings.NO_RESERVES
                        .withMinFreeKbytes(minFreeKbytes)
                        .withWatermarkBoostFactor(factor)));
        for (int attempt = 0; attempt < attempts; attempt++) {
            machine.zone().marks().boost(false);
        }
        assertThat(machine.look().boost()).isEqualTo(boost);
        assertThat(machine.zone().marks().mark(AllocFlags.WMARK_HIGH))
                .isEqualTo(machine.look().watermarks().high() + boost);
    }

    @ParameterizedTest
    @DisplayName("a zone of fewer than four pageblocks is not boosted")
    @CsvSource({"2048, 512", "2047, 0"})
    void smallZonesAreNotBoosted(long frames, long boost) {
        Machine machine = machines.boosting(frames);
        machine.zone().marks().boost(true);
        assertThat(machine.look().boost()).isEqualTo(boost);
    }

    @Test
    void kswapdIsWokenForTheZoneThatWasBoosted() {
        Machine machine = nearlyFull(8192, Machines.BOOSTING);
        machine.take(Machine.UNMOVABLE, 0);
        assertThat(reclaimer.wakes).containsExactly(new Reclaimer.Wake(0, ZoneType.NORMAL, 0, 0));
        machine.take(Machine.UNMOVABLE | Gfp.__GFP_MEMALLOC, 0);
        assertThat(reclaimer.wakes)
                .as("the next request is below the boosted mark, and tries to claim too")
                .filteredOn(wake -> wake.gfp() == 0)
                .hasSize(2);
    }

    @Test
    void kswapdIsNotWokenByRequestsThatDoNotWantIt() {
        Machine machine = nearlyFull(8192, Machines.BOOSTING);
        machine.take(Gfp.__GFP_NOWARN, 0);
        assertThat(machine.look().boost()).isEqualTo(512);
        machine.take(Machine.MOVABLE | Gfp.__GFP_MEMALLOC, 0);
        assertThat(reclaimer.wakes)
                .as("the next one wakes kswapd since memory is low, and not because of the boost")
                .allMatch(wake -> wake.gfp() != 0);
    }

    @Test
    @DisplayName(
            "a boosted zone refuses what it would serve otherwise; only an important request for one page ignores it")
    void raisesEveryMark() {
        Machine machine = nearlyFull(8192, Machines.BOOSTING);
        machine.zone().marks().boost(false);
        assertThat(machine.pagesFree()).isEqualTo(8);
        assertThat(machine.allocator.allocPages(Machine.MOVABLE, 0)).isEqualTo(PageFrame.NONE);
        assertThat(machine.allocator.allocPages(Machine.MOVABLE | Gfp.__GFP_HIGH, 1))
                .isEqualTo(PageFrame.NONE);
        machine.take(Machine.MOVABLE | Gfp.__GFP_HIGH, 0);
        assertThat(List.of(
                        machine.list(0, MOVABLE).size(),
                        machine.list(1, MOVABLE).size()))
                .containsExactly(1, 1);
    }
}
