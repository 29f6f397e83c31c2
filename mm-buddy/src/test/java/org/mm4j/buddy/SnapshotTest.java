package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.HIGHATOMIC;
import static org.mm4j.api.MigrateType.ISOLATE;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.api.MigrateType.RECLAIMABLE;
import static org.mm4j.api.MigrateType.UNMOVABLE;
import static org.mm4j.buddy.Machines.START;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** What snapshots say. */
class SnapshotTest {
    @RegisterExtension
    final Machines machines = new Machines();

    @Test
    @DisplayName("every node has five zones, and those without frames have nothing")
    void allZones() {
        Machine machine = machines.of(
                BuddyConfig.ofNodes(NodeLayout.of(2, Machines.normal(START, START + 1024)), NodeLayout.of(1)));
        List<NodeSnapshot> nodes = machine.allocator.snapshot();
        assertThat(nodes).extracting(NodeSnapshot::nid).containsExactly(0, 1);
        for (NodeSnapshot node : nodes) {
            assertThat(node.zones()).extracting(ZoneSnapshot::type).containsExactly(ZoneType.values());
            assertThat(node.zones()).allMatch(zone -> zone.nid() == node.nid());
            assertThat(node.zones()).filteredOn(ZoneSnapshot::isPopulated).hasSize(node.nid() == 0 ? 1 : 0);
        }
        ZoneSnapshot empty = machine.look(1, ZoneType.NORMAL);
        assertThat(empty.pagesManaged() + empty.pagesFree() + empty.pagesSpanned())
                .isZero();
        assertThat(empty.pageblocks()).containsOnly(0L);
        assertThat(empty.pageSets()).isEmpty();
        assertThat(machine.look(0, ZoneType.NORMAL).pageSets())
                .as("one for each CPU of the machine")
                .extracting(PageSetSnapshot::cpu)
                .containsExactly(0, 1, 2);
    }

    @Test
    @DisplayName("pages in blocks of at least a pageblock")
    void pagesFreeBlocks() {
        Machine machine = machines.ofFrames(4096);
        assertThat(machine.look().pagesFreeBlocks()).isEqualTo(4096);
        machine.take(Machine.MOVABLE, 0);
        assertThat(machine.look().pagesFreeBlocks()).isEqualTo(3072 + 512);
    }

    @Test
    @DisplayName("isolated pages are on lists of their own, and not free")
    void isolatedPages() {
        Machine machine = machines.ofFrames(4096);
        long page = machine.take(Machine.MOVABLE, 0);
        machine.allocator.setMovable(page, machine.allocator.registerOwner((_, _, _) -> {
            ZoneSnapshot look = machine.look();
            assertThat(look.freeBlocks().blocks(0, ISOLATE)).isEqualTo(1);
            assertThat(look.pageblocks().get(ISOLATE.ordinal())).isEqualTo(1);
            assertThat(look.pagesFree()).isEqualTo(4096 - 512 - 1);
            assertThat(look.freeBlocks().pages()).isEqualTo(4096 - 2);
            assertThat(look.pagesFreeBlocks()).isEqualTo(3072);
            return false;
        }));
        assertThat(machine.allocator.allocContigRange(START, START + 512, Gfp.GFP_KERNEL))
                .isFalse();
        assertThat(machine.look().freeBlocks().blocks(0, ISOLATE)).isZero();
    }

    @Test
    void pageblocksByType() {
        Machine machine = machines.ofFrames(8192);
        machine.take(Machine.UNMOVABLE, 10);
        machine.take(Machine.RECLAIMABLE, 9);
        assertThat(machine.look().pageblocks()).containsExactly(2L, 12L, 2L, 0L, 0L, 0L);
        assertThat(machine.look().freeBlocks().blocks(9, RECLAIMABLE)).isEqualTo(1);
        assertThat(machine.look().freeBlocks().blocks(10, MOVABLE)).isEqualTo(6);
        assertThat(machine.look().freeBlocks().blocks(10, UNMOVABLE)).isZero();
    }

    @ParameterizedTest(name = "{0} to {1}, a hole of {3} at {2}: {4}")
    @DisplayName("pageblocks are counted at every 512th frame from the first, if it exists")
    @CsvSource({
        "1024, 2048, 0, 0, 2",
        "1030, 2048, 0, 0, 2",
        "1030, 2055, 0, 0, 3",
        "1024, 2048, 1536, 1, 1",
        "1024, 2048, 1537, 500, 2",
        "1024, 3072, 1500, 600, 2"
    })
    void countsPageblocksAsTheKernelDoes(long start, long end, long hole, long frames, long pageblocks) {
        ZoneLayout zone = Machines.normal(start, end);
        Machine machine = machines.ofZones(frames == 0 ? zone : zone.withHoles(new FrameRange(hole, hole + frames)));
        assertThat(machine.look().pageblocks().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(pageblocks);
    }

    @Test
    @DisplayName("a snapshot does not change any more")
    void isACopy() {
        Machine machine = machines.ofFrames(1024);
        ZoneSnapshot before = machine.look();
        String text = before.toString();
        machine.take(Machine.UNMOVABLE, 0);
        assertThat(before).hasToString(text);
        assertThat(machine.look()).isNotEqualTo(before);
    }

    @Test
    @DisplayName("P4: every order and type has a list of its own, inside the zone's share of the map")
    void freeLists() {
        Machine machine = machines.ofFrames(1024);
        FreeAreas areas = machine.zone().areas();
        int firstHead = machine.zone().extent().firstListHead();
        Set<Integer> heads = new HashSet<>();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            for (MigrateType type : MigrateType.values()) {
                int head = areas.head(order, type.ordinal());
                assertThat(head).isBetween(firstHead, firstHead + FreeAreas.LIST_HEADS - 1);
                assertThat(heads.add(head)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @DisplayName("C20: per-CPU caches keep orders 0 to 3 and 9, and no others")
    @CsvSource({"0, true", "1, true", "3, true", "4, false", "8, false", "9, true", "10, false"})
    void perCpuOrders(int order, boolean cached) {
        assertThat(PageFrame.pcpAllowedOrder(order)).isEqualTo(cached);
    }

    @Test
    void blockHead() {
        Machine machine = machines.ofFrames(2048);
        long pfn = machine.take(Machine.UNMOVABLE, 5);
        assertThat(machine.allocator.blockHead(pfn + 31)).isEqualTo(pfn);
        assertThat(machine.allocator.blockHead(pfn + 32)).isEqualTo(pfn + 32);
        assertThat(machine.allocator.blockHead(START + 2047)).as("a free block").isEqualTo(START + 1024);
        assertThat(machine.allocator.metadataBytesUsed()).isGreaterThanOrEqualTo(2048 * 8L);
        assertThat(machine.look().pageblocks().get(HIGHATOMIC.ordinal())).isZero();
    }
}
