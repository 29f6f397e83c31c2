package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Zones of every shape: each managed frame is handed out exactly once, and no other. */
class LayoutTest {
    @RegisterExtension
    final Machines machines = new Machines();

    /** Takes everything twice, as single frames and in large blocks, and gives it back. */
    private static Set<Long> allFrames(Machine machine) {
        String atBoot = machine.blocks();
        for (int order : new int[] {PageFrame.MAX_PAGE_ORDER, 3}) {
            machine.free(machine.takeAll(Machine.UNMOVABLE, order), order);
            assertThat(machine.blocks()).isEqualTo(atBoot);
        }
        List<Long> frames = machine.takeAll(Machine.UNMOVABLE, 0);
        assertThat(frames).doesNotHaveDuplicates();
        machine.free(frames, 0);
        assertThat(machine.blocks()).isEqualTo(atBoot);
        machine.expectAllFree();
        return new HashSet<>(frames);
    }

    @ParameterizedTest(name = "{0} to {1}")
    @DisplayName("zones that begin and end anywhere")
    @CsvSource({
        "1024, 2048",
        "1025, 2048",
        "1024, 2047",
        "1500, 1501",
        "1535, 1537",
        "1536, 3584",
        "1300, 9000",
        "0, 1024",
        "0, 5000",
        "1, 2",
        "0, 2",
        "4294967296, 4294968000"
    })
    void anyExtent(long start, long end) {
        Machine machine = machines.ofZones(Machines.normal(start, end));
        Set<Long> frames = allFrames(machine);
        assertThat(frames).hasSize((int) (end - Math.max(1, start)));
        assertThat(frames).allMatch(pfn -> pfn >= Math.max(1, start) && pfn < end);
        assertThat(machine.look().pagesManaged()).isEqualTo(frames.size());
        assertThat(machine.look().pagesPresent()).isEqualTo(end - start);
        assertThat(machine.look().pagesSpanned()).isEqualTo(end - start);
    }

    @Test
    @DisplayName("pfn 0 means none: it is never handed out, and counted as reserved")
    void frame0() {
        Machine machine = machines.ofZones(Machines.normal(0, 1024));
        assertThat(machine.blocks()).isEqualTo("1 1 1 1 1 1 1 1 1 1 0");
        assertThatThrownBy(() -> machine.allocator.freePages(0, 0))
                .isInstanceOf(BadPageException.class)
                .hasMessageContaining("reserved");
        Machine withReserved = machines.ofZones(Machines.normal(0, 1024).withReserved(new FrameRange(0, 16)));
        assertThat(withReserved.look().pagesManaged()).isEqualTo(1008);
    }

    @Test
    void holesAndReservedFramesAreNeverHandedOut() {
        Machine machine = machines.ofZones(Machines.normal(START + 3, START + 5000)
                .withHoles(new FrameRange(START + 1000, START + 1100), new FrameRange(START + 3, START + 4))
                .withReserved(
                        new FrameRange(START + 4999, START + 5000),
                        new FrameRange(START + 1100, START + 1101),
                        new FrameRange(START + 2048, START + 3072)));
        Set<Long> frames = allFrames(machine);
        assertThat(frames)
                .hasSize(4997 - 101 - 1026)
                .doesNotContain(START + 3, START + 1050, START + 1100, START + 4999);
        ZoneSnapshot look = machine.look();
        assertThat(look.pagesSpanned()).isEqualTo(4997);
        assertThat(look.pagesPresent()).isEqualTo(4896);
        assertThat(look.pagesManaged()).isEqualTo(frames.size());
        assertThat(look.startPfn()).isEqualTo(START + 3);
    }

    @Test
    @DisplayName("several zones and nodes in one pageblock")
    void zonesInOnePageblock() {
        Machine machine = machines.of(BuddyConfig.ofNodes(
                        NodeLayout.of(
                                1,
                                ZoneLayout.of(ZoneType.DMA, START, START + 100),
                                ZoneLayout.of(ZoneType.DMA32, START + 100, START + 300)),
                        NodeLayout.of(1, Machines.normal(START + 310, START + 700)))
                .withSettings(ZoneSettings.NO_RESERVES));
        List<Long> frames = machine.takeAll(Machine.UNMOVABLE, 0);
        assertThat(frames).hasSize(690).doesNotHaveDuplicates();
        assertThat(frames).allMatch(pfn -> machine.allocator.nodeOf(pfn) == (pfn < START + 300 ? 0 : 1));
        machine.free(frames, 0);
        machine.expectAllFree();
        assertThatThrownBy(() -> machine.allocator.nodeOf(START + 305)).isInstanceOf(BadPageException.class);
    }

    @ParameterizedTest
    @DisplayName("a frame beside a zone belongs to no node, even if a pageblock or a largest block has both")
    @ValueSource(longs = {1024, 1124, 1500, 1536, 2047})
    void framesBesideAZone(long pfn) {
        Machine machine = machines.ofZones(Machines.normal(1125, 1500));
        assertThatThrownBy(() -> machine.allocator.nodeOf(pfn)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> machine.allocator.freePages(pfn, 0)).isInstanceOf(BadPageException.class);
    }

    @ParameterizedTest
    @DisplayName("fewer than 6 pageblocks of memory: mobility is not tracked")
    @CsvSource({"3071, UNMOVABLE", "3072, MOVABLE"})
    void smallMachines(long frames, MigrateType type) {
        Machine machine = machines.ofFrames(frames);
        assertThat(machine.type(START)).isEqualTo(type);
        long movable = machine.take(Machine.MOVABLE, 0);
        machine.take(Machine.RECLAIMABLE, 9);
        assertThat(machine.type(movable)).isEqualTo(type);
        assertThat(machine.look().pageblocks().get(MigrateType.RECLAIMABLE.ordinal()))
                .isEqualTo(type == MigrateType.MOVABLE ? 2 : 0);
    }

    @Test
    void everyFrameCanBeHandedOutWithoutReserves() {
        assertThat(allFrames(machines.ofFrames(100_000))).hasSize(100_000);
    }

    @Test
    void allocatorsInOneProcessKnowNothingOfEachOther() {
        Machine one = machines.ofFrames(1024);
        Machine other = machines.ofFrames(1024);
        long pfn = one.take(Machine.UNMOVABLE, 10);
        assertThat(other.take(Machine.UNMOVABLE, 10)).isEqualTo(pfn);
        one.allocator.freePages(pfn, 10);
        assertThat(other.pagesFree()).isZero();
        assertThat(other.allocator.pageCount(pfn)).isEqualTo(1);
        other.allocator.freePages(pfn, 10);
        one.expectAllFree();
        other.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("more frames than one allocator can have, even so many that numbers overflow")
    @CsvSource({"1024, 9223372036854775807", "9223372036854774784, 9223372036854775807", "0, 268435456"})
    void tooMany(long start, long end) {
        assertThatThrownBy(() -> machines.ofZones(Machines.normal(start, end)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE})
    void ofFramesRefuses(long frames) {
        assertThatThrownBy(() -> BuddyAllocator.ofFrames(frames)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void zonesThatOverlap() {
        assertThatThrownBy(() -> machines.ofZones(
                        ZoneLayout.of(ZoneType.DMA32, START, START + 1025),
                        Machines.normal(START + 1024, START + 2048)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two have frame 2048");
    }
}
