package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Ranges of any size and place, from which nobody has to move away. */
class ContigRangesTest {
    private static final int FRAMES = 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    private static boolean take(Machine machine, long start, long end) {
        return machine.allocator.allocContigRange(start, end, Gfp.GFP_KERNEL);
    }

    /** Everything about the zone that a range must not change for good. */
    private static String state(Machine machine) {
        ZoneSnapshot look = machine.look();
        return look.freeBlocks() + " " + look.pageblocks() + " reserved " + look.pagesReservedHighAtomic();
    }

    @ParameterizedTest(name = "{0} to {1}")
    @DisplayName("a free range: within a pageblock, over several, over the borders of blocks of order 10")
    @CsvSource({
        "0, 512",
        "0, 1024",
        "100, 200",
        "511, 513",
        "0, 1",
        "4095, 4096",
        "512, 1536",
        "1000, 1030",
        "1, 4095",
        "0, 4096",
        "513, 3000"
    })
    void freeRange(long from, long to) {
        Machine machine = machines.ofFrames(FRAMES);
        String before = state(machine);
        assertThat(take(machine, START + from, START + to)).isTrue();
        assertThat(machine.pagesFree()).isEqualTo(FRAMES - (to - from));
        for (long pfn = START; pfn < START + FRAMES; pfn++) {
            boolean inside = pfn >= START + from && pfn < START + to;
            assertThat(machine.allocator.pageCount(pfn))
                    .as("references of pfn %d", pfn)
                    .isEqualTo(inside ? 1 : 0);
        }
        assertThat(machine.allocator.validate()).isEmpty();
        machine.allocator.freeContigRange(START + from, to - from);
        machine.expectAllFree();
        assertThat(state(machine)).isEqualTo(before);
    }

    @ParameterizedTest
    @DisplayName("a page that nobody can move, even one that only begins or ends in the range")
    @CsvSource({"300, 0", "256, 8", "512, 9", "0, 10"})
    void unmovable(long offset, int order) {
        Machine machine = machines.ofFrames(FRAMES);
        machine.takeAll(Machine.MOVABLE, 10);
        machine.allocator.splitPage(START, 10);
        machine.free(START, START + 1024, 0);
        long pfn = START + offset;
        while (machine.allocator.blockHead(pfn) != pfn || machine.allocator.pageCount(pfn) == 0) {
            machine.take(Machine.MOVABLE, order);
        }
        String before = state(machine);
        assertThat(take(machine, START + 300, START + 700)).isFalse();
        assertThat(state(machine)).isEqualTo(before);
        assertThat(machine.zone().counters().pagesIsolated()).isZero();
        machine.allocator.freePages(pfn, order);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void reservedFramesAndHoles(boolean hole) {
        FrameRange frame = new FrameRange(START + 700, START + 701);
        ZoneLayout zone = Machines.normal(START, START + FRAMES);
        Machine machine = machines.ofZones(hole ? zone.withHoles(frame) : zone.withReserved(frame));
        assertThat(take(machine, START + 600, START + 800)).isFalse();
        machine.expectAllFree();
        assertThat(take(machine, START + 701, START + 1024)).isTrue();
        machine.allocator.freeContigRange(START + 701, 323);
        machine.expectAllFree();
    }

    @Test
    void partsCanBeGivenBackInAnyWay() {
        Machine machine = machines.ofFrames(FRAMES);
        take(machine, START + 10, START + 110);
        machine.allocator.freeContigRange(START + 50, 10);
        machine.free(START + 10, START + 50, 0);
        machine.allocator.putPage(START + 60);
        machine.allocator.freeContigRange(START + 61, 49);
        machine.expectAllFree();
        assertThat(machine.blocks()).isEqualTo("0 0 0 0 0 0 0 0 0 0 4");
    }

    @ParameterizedTest
    @DisplayName("pageblocks keep their type: unmovable, CMA, and the HIGHATOMIC reserve")
    @EnumSource(names = {"UNMOVABLE", "RECLAIMABLE", "CMA", "HIGHATOMIC"})
    void keepsTypes(MigrateType type) {
        Machine machine = machines.ofFrames(FRAMES);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START + 512, type);
        machine.free(START, START + 1536, 9);
        String before = state(machine);
        assertThat(take(machine, START + 400, START + 600)).isTrue();
        assertThat(machine.type(START + 512)).isEqualTo(type);
        assertThat(machine.allocator.validate()).isEmpty();
        machine.allocator.freeContigRange(START + 400, 200);
        assertThat(state(machine)).isEqualTo(before);
    }

    @Test
    @DisplayName("a second range in the same pageblocks waits for the first, and one beside does not")
    void whileAnotherRangeIsTaken() {
        Machine machine = machines.ofFrames(FRAMES);
        long page = machine.take(Machine.MOVABLE, 0);
        Tenant tenant = new Tenant(machine);
        tenant.settle(page);
        tenant.mood((_, _, _) -> {
            assertThat(take(machine, START + 400, START + 1600)).isFalse();
            assertThat(take(machine, START + 100, START + 101)).isFalse();
            assertThat(take(machine, START + 514, START + 1000)).isTrue(); // before it lies the new page
            assertThat(machine.zone().counters().pagesIsolated()).isEqualTo(511);
            assertThat(machine.takeAll(Machine.MOVABLE, 0)).allMatch(pfn -> pfn >= START + 512);
            tenant.mood((_, _, _) -> false);
            return false;
        });
        assertThat(take(machine, START, START + 512)).isFalse();
        assertThat(machine.pagesFree())
                .as("511 of the pageblock, and the new page")
                .isEqualTo(512);
    }

    @Test
    @DisplayName("pages that are freed into a closed pageblock stay in it, and are taken")
    void freedMeanwhile() {
        Machine machine = machines.ofFrames(FRAMES);
        long page = machine.take(Machine.MOVABLE, 0);
        long last = machine.take(Machine.MOVABLE, 0);
        Tenant tenant = new Tenant(machine);
        tenant.settle(page);
        tenant.mood((_, _, _) -> {
            machine.allocator.freePages(last, 0);
            assertThat(machine.zone().counters().pagesIsolated()).isEqualTo(511);
            return true;
        });
        assertThat(take(machine, START, START + 512)).isTrue();
        assertThat(machine.pagesFree()).isEqualTo(FRAMES - 513);
    }

    @ParameterizedTest(name = "{0} to {1}")
    @DisplayName("ranges that are empty, outside, or not in whole pageblocks of one zone")
    @CsvSource({
        "1000, 1000",
        "1000, 999",
        "-1, 5",
        "0, 100",
        "1023, 1025",
        "1124, 1200",
        "1536, 3000",
        "2900, 3001",
        "1100, 1200",
        "4096, 9223372036854775807"
    })
    void refused(long start, long end) {
        Machine machine = machines.ofZones(ZoneLayout.of(ZoneType.DMA32, 1124, 2900), Machines.normal(2900, 4096));
        assertThatThrownBy(() -> take(machine, start, end)).isInstanceOf(IllegalArgumentException.class);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("two threads that want the same range: exactly one gets it")
    void twoThreads() {
        Machine machine = machines.ofFrames(FRAMES);
        for (int round = 0; round < 200; round++) {
            long start = START + round % 700;
            boolean[] got = new boolean[2];
            Together.run(
                    () -> got[0] = take(machine, start, start + 800),
                    () -> got[1] = take(machine, start + 799, start + 1500));
            assertThat(got[0] ^ got[1]).isTrue();
            machine.allocator.freeContigRange(got[0] ? start : start + 799, got[0] ? 800 : 701);
        }
        machine.expectAllFree();
        assertThat(machine.blocks()).isEqualTo("0 0 0 0 0 0 0 0 0 0 " + FRAMES / PageFrame.MAX_ORDER_NR_PAGES);
    }
}
