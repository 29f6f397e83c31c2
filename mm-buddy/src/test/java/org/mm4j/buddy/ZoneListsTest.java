package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.ZoneType;

/** In which order nodes and zones serve a request. */
class ZoneListsTest {
    @RegisterExtension
    final Machines machines = new Machines();

    /** Nodes of one zone each; where there is no CPU count, a node with one CPU and no memory. */
    private BuddyConfig nodes(List<List<Integer>> distances, Integer... cpus) {
        NodeLayout[] nodes = new NodeLayout[cpus.length];
        for (int nid = 0; nid < cpus.length; nid++) {
            long start = START + nid * 1024L;
            nodes[nid] =
                    cpus[nid] < 0 ? NodeLayout.of(1) : NodeLayout.of(cpus[nid], Machines.normal(start, start + 1024));
        }
        return BuddyConfig.ofNodes(nodes).withDistances(distances).withSettings(ZoneSettings.NO_RESERVES);
    }

    /** The orders of all nodes, as 0123 1032 … */
    private String orders(BuddyConfig config) {
        ZoneLists lists = new ZoneLists(machines.of(config).allocator.zones(), config);
        List<String> orders = new ArrayList<>();
        for (int nid = 0; nid < config.nodes().size(); nid++) {
            StringBuilder order = new StringBuilder();
            for (Zone zone : lists.list(nid, ZoneType.NORMAL, false).zones()) {
                order.append(zone.nid());
            }
            orders.add(order.toString());
        }
        return String.join(" ", orders);
    }

    @Test
    @DisplayName("nodes at equal distances share the load: each node begins with its next one")
    void equalDistances() {
        assertThat(orders(nodes(List.of(), 1))).isEqualTo("0");
        assertThat(orders(nodes(List.of(), 1, 1))).isEqualTo("01 10");
        assertThat(orders(nodes(List.of(), 1, 1, 1))).isEqualTo("012 120 201");
        assertThat(orders(nodes(List.of(), 1, 1, 1, 1))).isEqualTo("0123 1230 2301 3012");
    }

    @Test
    void theNearestComesFirst() {
        List<List<Integer>> line = List.of(
                List.of(10, 15, 25, 40), List.of(15, 10, 15, 25), List.of(25, 15, 10, 15), List.of(40, 25, 15, 10));
        assertThat(orders(nodes(line, 1, 1, 1, 1))).isEqualTo("0123 1203 2310 3210");
    }

    @Test
    @DisplayName("a node without CPUs comes before its equals, even if its number is lower")
    void headlessNodesAreLessLoaded() {
        assertThat(orders(nodes(List.of(), 1, 1, 0))).isEqualTo("021 120 201");
        assertThat(orders(nodes(List.of(), 0, 1, 1))).isEqualTo("012 102 201");
    }

    @Test
    @DisplayName("a node of no memory has the others only, and is in nobody's list")
    void memorylessNodes() {
        assertThat(orders(nodes(List.of(), 1, -1, 1))).isEqualTo("02 20 20");
        List<List<Integer>> near0 = List.of(List.of(10, 12, 20), List.of(12, 10, 30), List.of(20, 30, 10));
        assertThat(orders(nodes(near0, 1, -1, 1))).isEqualTo("02 02 20");
    }

    @Test
    @DisplayName("the load of earlier nodes decides between equals")
    void loadDecides() {
        // Nodes 0 and 1 are far from the pair 2 and 3, which are equally near to both.
        List<List<Integer>> pairs = List.of(
                List.of(10, 11, 20, 20), List.of(11, 10, 20, 20), List.of(20, 20, 10, 11), List.of(20, 20, 11, 10));
        assertThat(orders(nodes(pairs, 1, 1, 1, 1))).isEqualTo("0123 1032 2301 3210");
    }

    @ParameterizedTest
    @DisplayName("within a node from high to low, from the highest that the request allows")
    @CsvSource({
        "MOVABLE, MOVABLE NORMAL DMA32 DMA NORMAL DMA32",
        "NORMAL, NORMAL DMA32 DMA NORMAL DMA32",
        "DMA32, DMA32 DMA DMA32",
        "DMA, DMA"
    })
    void zonesFromHighToLow(ZoneType highest, String types) {
        NodeLayout first = NodeLayout.of(
                1,
                ZoneLayout.of(ZoneType.DMA, 1024, 2048),
                ZoneLayout.of(ZoneType.DMA32, 2048, 3072),
                ZoneLayout.of(ZoneType.NORMAL, 3072, 4096),
                ZoneLayout.of(ZoneType.MOVABLE, 4096, 5120));
        NodeLayout second =
                NodeLayout.of(1, ZoneLayout.of(ZoneType.NORMAL, 6144, 7168), ZoneLayout.of(ZoneType.DMA32, 5120, 6144));
        BuddyConfig config = BuddyConfig.ofNodes(first, second);
        ZoneLists lists = new ZoneLists(machines.of(config).allocator.zones(), config);
        assertThat(typesOf(lists.list(0, highest, false))).isEqualTo(types);
        assertThat(lists.list(0, highest, true).zones()).allMatch(zone -> zone.nid() == 0);
    }

    private static String typesOf(ZoneList list) {
        return String.join(
                " ",
                Arrays.stream(list.zones())
                        .map(zone -> zone.extent().type().name())
                        .toList());
    }

    @Test
    @DisplayName("a zone whose frames are all reserved serves nobody")
    void zonesWithoutManagedPages() {
        BuddyConfig config = BuddyConfig.ofNodes(NodeLayout.of(
                1,
                ZoneLayout.of(ZoneType.DMA32, 1024, 2048),
                Machines.normal(2048, 3072).withReserved(new FrameRange(2048, 3072))));
        ZoneLists lists = new ZoneLists(machines.of(config).allocator.zones(), config);
        assertThat(typesOf(lists.list(0, ZoneType.MOVABLE, false))).isEqualTo("DMA32");
    }

    @Test
    void everyNodeIsInEveryListOnce() {
        Integer[] cpus = IntStream.range(0, 9).mapToObj(nid -> nid % 3).toArray(Integer[]::new);
        for (String order : orders(nodes(List.of(), cpus)).split(" ", -1)) {
            assertThat(order.chars().mapToObj(Character::toString)).hasSize(9).doesNotHaveDuplicates();
        }
    }
}
