package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** Single pages by the array. */
class BulkPagesTest {
    private static final long SECOND = START + 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    private static int bulk(Machine machine, int gfp, long[] pfns) {
        return machine.allocator.allocPagesBulk(gfp, 0, pfns);
    }

    private static long filled(long[] pfns) {
        return Arrays.stream(pfns).filter(pfn -> pfn != PageFrame.NONE).count();
    }

    @Test
    @DisplayName("C22: only empty places are filled, and those filled before count")
    void fillsTheEmptyPlaces() {
        Machine machine = machines.ofFrames(4096);
        long[] pfns = {0, 7, 0, 9};
        assertThat(bulk(machine, Machine.MOVABLE, pfns)).isEqualTo(4);
        assertThat(pfns).containsExactly(START, 7, START + 1, 9);
        assertThat(machine.pagesFree()).isEqualTo(4094);
        assertThat(machine.allocator.pageCount(pfns[2])).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("C23: a request that is charged gets one page, however many places are empty")
    @CsvSource({"true, GFP_KERNEL_ACCOUNT, 1", "false, GFP_KERNEL_ACCOUNT, 10", "true, GFP_KERNEL, 10"})
    void charged(boolean charges, String gfp, int got) {
        Machine machine = machines.of(BuddyConfig.ofFrames(4096).withChargesCgroups(charges));
        long[] pfns = new long[10];
        assertThat(bulk(machine, Gfp.parse(gfp), pfns)).isEqualTo(got);
        assertThat(machine.pagesFree()).isEqualTo(4096 - got);
    }

    @ParameterizedTest
    @DisplayName("places without a gap from the start are counted")
    @CsvSource({"0;5;0, 1;5;0, 2", "5;0;0, 5;1;0, 2", "0;0;5, 1;0;5, 1", "5;6;7, 5;6;7, 3", "0;0;0, 1;0;0, 1"})
    void countsFromTheStart(String before, String after, int count) {
        Machine machine = machines.ofFrames(64);
        machine.takeAll(Machine.UNMOVABLE, 0);
        machine.free(START, START + 1, 0);
        long[] pfns =
                Arrays.stream(before.split(";")).mapToLong(Long::parseLong).toArray();
        assertThat(bulk(machine, Machine.UNMOVABLE, pfns)).isEqualTo(count);
        long[] shown = Arrays.stream(pfns).map(pfn -> pfn == START ? 1 : pfn).toArray();
        assertThat(shown)
                .containsExactly(Arrays.stream(after.split(";"))
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    @Test
    void anEmptyArrayAndAFullOneTakeNothing() {
        Machine machine = machines.ofFrames(64);
        assertThat(bulk(machine, Machine.UNMOVABLE, new long[0])).isZero();
        assertThat(bulk(machine, Machine.UNMOVABLE, new long[] {5, 6})).isEqualTo(2);
        machine.expectAllFree();
    }

    @Test
    void manyPagesAreAllDifferentAndCanBeFreed() {
        Machine machine = machines.ofFrames(8192);
        long[] pfns = new long[5000];
        assertThat(bulk(machine, Machine.RECLAIMABLE, pfns)).isEqualTo(5000);
        assertThat(Arrays.stream(pfns).distinct()).hasSize(5000);
        assertThat(machine.type(pfns[0])).isEqualTo(MigrateType.RECLAIMABLE);
        assertThat(machine.look().numa()).isEqualTo(new NumaStats(5000, 0, 0, 5000, 0));
        Arrays.stream(pfns).forEach(pfn -> machine.allocator.freePages(pfn, 0));
        machine.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("the zone must stay above its low mark by as many pages as the array has places")
    @CsvSource({"135, 0, 1", "136, 0, 10", "135, 5, 1", "136, 5, 5"})
    void lowMark(long free, int filled, int got) {
        Machine machine = machines.of(
                BuddyConfig.ofFrames(8192).withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(400))); // low 125
        machine.takeUntilFree(Machine.MOVABLE, free);
        long[] pfns = new long[10];
        Arrays.fill(pfns, 0, filled, 5);
        assertThat(bulk(machine, Machine.MOVABLE, pfns)).isEqualTo(filled + got);
        assertThat(machine.pagesFree()).isEqualTo(free - got);
    }

    @Test
    @DisplayName("it never leaves the node for more than the one page of an ordinary request")
    void staysOnTheNode() {
        Machine machine = machines.of(BuddyConfig.ofNodes(
                        NodeLayout.of(1, Machines.normal(START, SECOND)),
                        NodeLayout.of(1, Machines.normal(SECOND, SECOND + 4096)))
                .withSettings(ZoneSettings.NO_RESERVES));
        machine.takeUntilFree(Machine.MOVABLE, 5);
        long[] pfns = new long[10];
        assertThat(bulk(machine, Machine.MOVABLE, pfns)).isEqualTo(1);
        assertThat(machine.allocator.nodeOf(pfns[0])).isZero();
        machine.takeUntilFree(Machine.MOVABLE, 0);
        assertThat(bulk(machine, Machine.MOVABLE, pfns)).isEqualTo(2);
        assertThat(machine.allocator.nodeOf(pfns[1])).isEqualTo(1);
        assertThat(bulk(machine, Machine.MOVABLE | Gfp.__GFP_THISNODE, pfns)).isEqualTo(2);
        assertThat(filled(pfns)).isEqualTo(2);
    }

    @Test
    void aLowerZoneOfTheNodeServesIt() {
        Machine machine = machines.ofZones(
                ZoneLayout.of(ZoneType.DMA32, START, START + 1024), Machines.normal(START + 1024, START + 4096));
        while (machine.look(0, ZoneType.NORMAL).pagesFree() > 0) {
            machine.take(Machine.MOVABLE, 9);
        }
        long[] pfns = new long[10];
        assertThat(bulk(machine, Machine.MOVABLE, pfns)).isEqualTo(10);
        assertThat(Arrays.stream(pfns)).allMatch(pfn -> pfn < START + 1024);
    }

    @Test
    @DisplayName("the one page reclaims like any other request")
    void reclaims() {
        Machine[] machine = new Machine[1];
        Reclaimer reclaimer = new Reclaimer(_ -> {
            machine[0].free(START, START + 8, 0);
            return 8;
        });
        machine[0] = machines.of(BuddyConfig.ofFrames(64).withPressure(reclaimer));
        machine[0].takeAll(Machine.UNMOVABLE, 0);
        long[] pfns = new long[4];
        assertThat(bulk(machine[0], Gfp.GFP_KERNEL, pfns)).isEqualTo(1);
        assertThat(reclaimer.rounds).hasSize(1);
        assertThat(bulk(machine[0], Gfp.GFP_KERNEL, pfns)).isEqualTo(4);
    }

    @Test
    void aPlaceWithANegativeNumberIsRefused() {
        Machine machine = machines.ofFrames(64);
        long[] pfns = {0, -1, 0};
        assertThatThrownBy(() -> bulk(machine, Machine.UNMOVABLE, pfns))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("place 1");
        assertThat(pfns).containsExactly(0, -1, 0);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("one hold of the lock that claims a pageblock goes on in it")
    void goesOnInAClaimedPageblock() {
        Machine machine = machines.ofFrames(4096);
        long[] pfns = new long[60];
        bulk(machine, Machine.UNMOVABLE, pfns);
        for (int at = 0; at < pfns.length; at++) {
            assertThat(pfns[at]).isEqualTo(START + at);
        }
        assertThat(machine.look().pageblocks().get(MigrateType.UNMOVABLE.ordinal()))
                .isEqualTo(2);
    }

    @Test
    @DisplayName("one hold of the lock that has stolen goes on stealing, and tries no more to claim")
    void goesOnStealing() {
        Machine machine = machines.of(BuddyConfig.ofFrames(8192)
                .withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(4096).withWatermarkBoostFactor(20_000)));
        machine.takeAll(Machine.MOVABLE, 0);
        for (long pageblock = START; pageblock < START + 8192; pageblock += 512) {
            machine.free(pageblock, pageblock + 128, 0);
        }
        assertThat(bulk(machine, Machine.UNMOVABLE, new long[10])).isEqualTo(10);
        assertThat(machine.look().boost()).as("by the first page only").isEqualTo(512);
        assertThat(machine.look().pageblocks().get(MigrateType.UNMOVABLE.ordinal()))
                .isZero();
    }
}
