package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** Nodes: whose memory a request gets, and how that is counted. Two nodes of 4096 frames. */
class NumaTest {
    private static final long SECOND = START + 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    private final AtomicInteger callerNode = new AtomicInteger();
    private final Reclaimer reclaimer = new Reclaimer();

    private Machine twoNodes() {
        return machines.of(BuddyConfig.ofNodes(
                        NodeLayout.of(1, Machines.normal(START, SECOND)),
                        NodeLayout.of(1, Machines.normal(SECOND, SECOND + 4096)))
                .withSettings(ZoneSettings.NO_RESERVES)
                .withPressure(reclaimer)
                .withCallerNode(callerNode::get));
    }

    private static NumaStats stats(Machine machine, int nid) {
        return machine.look(nid, ZoneType.NORMAL).numa();
    }

    @Test
    void aRequestThatNamesNoNodeBeginsAtTheCallers() {
        Machine machine = twoNodes();
        callerNode.set(1);
        assertThat(machine.allocator.nodeOf(machine.take(Machine.MOVABLE, 0))).isEqualTo(1);
        callerNode.set(0);
        assertThat(machine.allocator.nodeOf(machine.take(Machine.MOVABLE, 0))).isZero();
    }

    @Test
    @DisplayName("hit, miss, foreign, local and other")
    void statistics() {
        Machine machine = twoNodes();
        machine.take(Machine.MOVABLE, 10);
        assertThat(stats(machine, 0)).as("hit and local").isEqualTo(new NumaStats(1, 0, 0, 1, 0));
        machine.allocator.allocPages(Machine.MOVABLE, 10, 1);
        assertThat(stats(machine, 1)).as("hit, by a thread of node 0").isEqualTo(new NumaStats(1, 0, 0, 0, 1));
        for (int block = 1; block < 4; block++) {
            machine.allocator.allocPages(Machine.MOVABLE, 10, 0);
        }
        long missed = machine.allocator.allocPages(Machine.MOVABLE, 10, 0);
        assertThat(machine.allocator.nodeOf(missed)).isEqualTo(1);
        assertThat(stats(machine, 0)).as("one wanted here went away").isEqualTo(new NumaStats(4, 0, 1, 4, 0));
        assertThat(stats(machine, 1)).as("and came here").isEqualTo(new NumaStats(1, 1, 0, 0, 2));
        callerNode.set(1);
        machine.allocator.allocPages(Machine.MOVABLE, 10, 0);
        assertThat(stats(machine, 1)).as("a miss can be local").isEqualTo(new NumaStats(1, 2, 0, 1, 2));
    }

    @Test
    void failuresAreNotCounted() {
        Machine machine = twoNodes();
        machine.takeAll(Machine.MOVABLE, 10);
        NumaStats before = stats(machine, 0);
        assertThat(machine.allocator.allocPages(Machine.MOVABLE, 10)).isEqualTo(PageFrame.NONE);
        assertThat(stats(machine, 0)).isEqualTo(before);
    }

    @ParameterizedTest
    @DisplayName("__GFP_THISNODE stays, whatever else is free")
    @ValueSource(ints = {0, 1})
    void thisNode(int nid) {
        Machine machine = twoNodes();
        int gfp = Machine.MOVABLE | Gfp.__GFP_THISNODE;
        int blocks = 0;
        for (long pfn = machine.allocator.allocPages(gfp, 10, nid);
                pfn != PageFrame.NONE;
                pfn = machine.allocator.allocPages(gfp, 10, nid)) {
            assertThat(machine.allocator.nodeOf(pfn)).isEqualTo(nid);
            blocks++;
        }
        assertThat(blocks).isEqualTo(4);
        assertThat(machine.look(1 - nid, ZoneType.NORMAL).pagesFree()).isEqualTo(4096);
        assertThat(reclaimer.wakes).as("kswapd of this node only").allMatch(wake -> wake.nid() == nid);
    }

    @Test
    void everyNodesKswapdIsWoken() {
        Machine machine = twoNodes();
        machine.takeAll(Machine.MOVABLE, 10);
        reclaimer.wakes.clear();
        machine.allocator.allocPages(Machine.MOVABLE, 10, 1);
        assertThat(reclaimer.wakes).extracting(Reclaimer.Wake::nid).containsExactly(1, 0);
    }

    @Test
    @DisplayName("a node's kswapd is woken once, however many zones it has")
    void onceForAllZones() {
        Machine machine = machines.of(BuddyConfig.ofNodes(NodeLayout.of(
                        1,
                        ZoneLayout.of(ZoneType.DMA32, START, START + 512),
                        Machines.normal(START + 512, START + 1024)))
                .withSettings(ZoneSettings.NO_RESERVES)
                .withPressure(reclaimer));
        machine.takeAll(Machine.MOVABLE, 0);
        reclaimer.wakes.clear();
        machine.allocator.allocPages(Machine.MOVABLE, 0);
        assertThat(reclaimer.wakes).hasSize(1);
    }

    @Test
    @DisplayName("before it goes to another node, a request breaks up a pageblock at home")
    void fragmentsAtHome() {
        Machine machine = machines.of(BuddyConfig.ofNodes(
                        NodeLayout.of(
                                1,
                                ZoneLayout.of(ZoneType.DMA32, START, START + 1024),
                                Machines.normal(START + 1024, SECOND)),
                        NodeLayout.of(1, Machines.normal(SECOND, SECOND + 4096)))
                .withSettings(ZoneSettings.NO_RESERVES));
        for (int block = 0; block < 4; block++) {
            machine.take(Machine.MOVABLE, 10);
        }
        machine.allocator.splitPage(START + 1024, 10);
        machine.free(START + 1024, START + 1224, 0);
        long pfn = machine.take(Machine.UNMOVABLE, 0);
        assertThat(pfn).as("stolen from the movable pageblock of node 0").isBetween(START + 1024, START + 1223);
    }

    @Test
    @DisplayName("a lower zone of the node is taken before a pageblock is broken up")
    void usesLowerZonesBeforeItFragments() {
        Machine machine = machines.ofZones(
                ZoneLayout.of(ZoneType.DMA32, START, START + 1024), Machines.normal(START + 1024, SECOND));
        for (int block = 0; block < 3; block++) {
            machine.take(Machine.MOVABLE, 10);
        }
        machine.allocator.splitPage(START + 1024, 10);
        machine.free(START + 1024, START + 1224, 0);
        assertThat(machine.take(Machine.UNMOVABLE, 0)).as("in DMA32").isLessThan(START + 1024);
    }

    @Test
    void nodesThatAreNot() {
        Machine machine = twoNodes();
        assertThatThrownBy(() -> machine.allocator.allocPages(Machine.MOVABLE, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no 2");
        assertThatThrownBy(() -> machine.allocator.allocPages(Machine.MOVABLE, 0, -2))
                .isInstanceOf(IllegalArgumentException.class);
        callerNode.set(7);
        assertThatThrownBy(() -> machine.allocator.allocPages(Machine.MOVABLE, 0, PageAllocator.NO_NODE))
                .isInstanceOf(IllegalArgumentException.class);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("on a node of no memory __GFP_THISNODE fails, and others are served elsewhere")
    void memorylessNode() {
        Machine machine =
                machines.of(BuddyConfig.ofNodes(NodeLayout.of(1), NodeLayout.of(1, Machines.normal(START, SECOND)))
                        .withSettings(ZoneSettings.NO_RESERVES));
        assertThat(machine.allocator.allocPages(Machine.MOVABLE | Gfp.__GFP_THISNODE, 0, 0))
                .isEqualTo(PageFrame.NONE);
        long pfn = machine.allocator.allocPages(Machine.MOVABLE, 0, 0);
        assertThat(machine.allocator.nodeOf(pfn)).isEqualTo(1);
        assertThat(stats(machine, 1)).isEqualTo(new NumaStats(1, 0, 0, 0, 1));
        machine.allocator.freePages(pfn, 0);
        machine.expectAllFree();
    }
}
