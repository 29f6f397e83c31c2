package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.HIGHATOMIC;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

/** How far down a request may go: the watermarks, their cuts, and what lower zones keep for themselves. */
class WatermarksTest {
    private static final int NORMAL = ZoneType.NORMAL.ordinal();

    @RegisterExtension
    final Machines machines = new Machines();

    private final Reclaimer reclaimer = new Reclaimer();

    /** Watermarks 100, 125 and 150. */
    private Machine min100() {
        Machine machine = machines.of(BuddyConfig.ofFrames(8192)
                .withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(400))
                .withPressure(reclaimer));
        assertThat(machine.look().watermarks()).isEqualTo(new Watermarks(100, 125, 150, 175));
        return machine;
    }

    @ParameterizedTest
    @DisplayName("C11: exactly the mark plus the reserve is not enough")
    @CsvSource({"100, 0, false", "101, 0, true", "107, 3, false", "108, 3, true", "0, 0, false"})
    void moreThanTheMark(long free, int order, boolean passes) {
        Machine machine = min100();
        machine.takeUntilFree(Machine.MOVABLE, free);
        assertThat(WatermarkTest.passes(machine.zone(), order, NORMAL, AllocFlags.WMARK_MIN))
                .isEqualTo(passes);
    }

    @ParameterizedTest
    @DisplayName("C13: the cuts come one after the other")
    @CsvSource({"0, 100", "32, 50", "48, 38", "8, 50", "16, 100", "40, 25", "56, 19"})
    void cuts(int flags, long lowered) {
        assertThat(WatermarkTest.lowered(100, flags)).isEqualTo(lowered);
    }

    @ParameterizedTest
    @DisplayName("C13: what is left when requests of each kind fail")
    @CsvSource({
        "GFP_NOWAIT, 0, 100",
        "GFP_NOWAIT, 3, 104",
        "GFP_KERNEL|__GFP_NORETRY|__GFP_NOWARN, 0, 100",
        "GFP_ATOMIC|__GFP_NOWARN, 0, 38",
        "GFP_ATOMIC|__GFP_NOWARN, 3, 40",
        "GFP_ATOMIC|__GFP_NOMEMALLOC|__GFP_NOWARN, 0, 50",
        "GFP_KERNEL|__GFP_HIGH|__GFP_NORETRY|__GFP_NOWARN, 0, 50",
        "GFP_NOWAIT|__GFP_MEMALLOC, 0, 0",
        "GFP_KERNEL|__GFP_MEMALLOC|__GFP_NORETRY|__GFP_NOWARN, 0, 0",
        "GFP_NOWAIT|__GFP_MEMALLOC|__GFP_NOMEMALLOC, 0, 100"
    })
    void leaves(String gfp, int order, long left) {
        Machine machine = min100();
        int flags = Gfp.parse(gfp);
        int taken = 0;
        while (machine.allocator.allocPages(flags, order) != PageFrame.NONE) {
            taken++;
        }
        assertThat(machine.pagesFree()).isEqualTo(left);
        assertThat(((long) taken << order) + left).isEqualTo(8192);
    }

    @Test
    void kswapdIsWokenAtTheLowMark() {
        Machine machine = min100();
        machine.takeUntilFree(Machine.MOVABLE, 126);
        assertThat(reclaimer.wakes).isEmpty();
        machine.take(Machine.UNMOVABLE, 0);
        assertThat(reclaimer.wakes).as("126 are above the low mark").isEmpty();
        machine.take(Machine.UNMOVABLE, 0);
        assertThat(reclaimer.wakes).containsExactly(new Reclaimer.Wake(0, ZoneType.NORMAL, 0, Machine.UNMOVABLE));
        machine.take(Gfp.__GFP_NOWARN, 0);
        assertThat(reclaimer.wakes)
                .as("not by requests without __GFP_KSWAPD_RECLAIM")
                .hasSize(1);
    }

    @Test
    void kswapdHearsOfTheHighestZoneAndTheOrder() {
        Machine machine = min100();
        machine.takeUntilFree(Machine.MOVABLE, 125);
        int gfp = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NORETRY;
        machine.allocator.allocPages(gfp, 2);
        assertThat(reclaimer.wakes).containsExactly(new Reclaimer.Wake(0, ZoneType.MOVABLE, 2, gfp));
    }

    @ParameterizedTest
    @DisplayName("C12: a block that is reserved for HIGHATOMIC requests is none for others")
    @CsvSource({"0, false", "512, true", "8, true", "16, false", "32, false"})
    void highAtomicBlocks(int flags, boolean passes) {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, HIGHATOMIC);
        machine.allocator.freePages(START, 9);
        machine.allocator.splitPage(START + 512, 9);
        for (long pfn = START + 512; pfn < START + 1024; pfn += 4) {
            machine.allocator.freePages(pfn, 0);
        }
        assertThat(machine.blocks()).isEqualTo("128 0 0 0 0 0 0 0 0 1 0");
        assertThat(WatermarkTest.passes(machine.zone(), 3, NORMAL, flags)).isEqualTo(passes);
    }

    @Test
    void aRequestNeedsABlockOfItsOrder() {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 0);
        for (long pair = START; pair < START + 4096; pair += 4) {
            machine.free(pair, pair + 2, 0);
        }
        assertThat(machine.pagesFree()).isEqualTo(2048);
        machine.take(Machine.MOVABLE, 1);
        assertThat(machine.allocator.allocPages(Machine.MOVABLE, 2)).isEqualTo(PageFrame.NONE);
    }

    @ParameterizedTest
    @DisplayName("lower zones keep pages from requests for higher ones, and none from their own")
    @CsvSource({"GFP_NOWAIT, 1024, 512, 0", "GFP_DMA32|GFP_NOWAIT, 512, 0, 4096", "GFP_DMA|GFP_NOWAIT, 0, 4096, 4096"})
    void lowmemReserve(String gfp, long dmaLeft, long dma32Left, long normalLeft) {
        NodeLayout node = NodeLayout.of(
                1,
                ZoneLayout.of(ZoneType.DMA, START, START + 2048),
                ZoneLayout.of(ZoneType.DMA32, START + 2048, START + 6144),
                Machines.normal(START + 6144, START + 10240));
        Machine machine = machines.of(BuddyConfig.ofNodes(node)
                .withSettings(ZoneSettings.NO_RESERVES.withLowmemReserveRatio(List.of(8, 8, 32, 0, 0))));
        assertThat(machine.look(0, ZoneType.DMA).lowmemReserve()).containsExactly(0L, 512L, 1024L, 1024L, 1024L);
        assertThat(machine.look(0, ZoneType.DMA32).lowmemReserve()).containsExactly(0L, 0L, 512L, 512L, 512L);
        while (machine.allocator.allocPages(Gfp.parse(gfp), 0) != PageFrame.NONE) {}
        assertThat(machine.look(0, ZoneType.DMA).pagesFree()).isEqualTo(dmaLeft);
        assertThat(machine.look(0, ZoneType.DMA32).pagesFree()).isEqualTo(dma32Left);
        assertThat(machine.look(0, ZoneType.NORMAL).pagesFree()).isEqualTo(normalLeft);
    }

    @Test
    @DisplayName("free CMA pages count for movable requests only")
    void cmaPages() {
        Machine machine = min100();
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, MigrateType.CMA);
        machine.allocator.freePages(START, 9);
        assertThat(machine.allocator.allocPages(Machine.UNMOVABLE, 0)).isEqualTo(PageFrame.NONE);
        long pfn = machine.take(Machine.MOVABLE, 0);
        assertThat(machine.type(pfn)).isEqualTo(MigrateType.CMA);
        assertThat(machine.take(Machine.MOVABLE, 0))
                .as("they come before other mobilities")
                .isBetween(START, START + 511);
    }

    @ParameterizedTest
    @DisplayName("movable requests use CMA pages first while these are more than half of what is free")
    @CsvSource({"2, CMA", "3, MOVABLE"})
    void cmaFirst(int pageblocksMovable, MigrateType first) {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, MigrateType.CMA);
        machine.setType(START + 1024, MigrateType.CMA);
        machine.setType(START + 2048, MigrateType.CMA);
        machine.free(START, START + 512, 9);
        machine.free(START + 1024, START + 1536, 9);
        machine.free(START + 2048, START + 2560, 9);
        machine.free(START + 2560, START + 2560 + pageblocksMovable * 512L, 9);
        assertThat(machine.type(machine.take(Machine.MOVABLE, 0))).isEqualTo(first);
    }
}
