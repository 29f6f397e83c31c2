package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

class ZoneInfoTextTest {
    private final TestNodes nodes = new TestNodes();

    @Test
    void itIsByteForByteWhatLinuxPrints() {
        String recorded = Recorded.text("zoneinfo");
        RecordedZoneInfo linux = new RecordedZoneInfo(recorded);

        assertThat(ZoneInfoText.of(linux.nodes(), linux)).isEqualTo(recorded);
    }

    @Test
    void theCountersAreThoseOfLinuxInItsOrder() {
        List<String> printed = Recorded.text("zoneinfo")
                .lines()
                .takeWhile(line -> !line.equals("  pagesets"))
                .filter(line -> line.startsWith("      ") && !line.startsWith("       "))
                .map(line -> line.strip().split(" ")[0])
                .toList();

        Stream<String> node = Stream.of(NodeStat.values()).map(NodeStat::kernelName);
        Stream<String> zone = Stream.of(ZoneStat.values()).map(ZoneStat::kernelName);
        assertThat(Stream.concat(node, zone)).containsExactlyElementsOf(printed);
    }

    @Test
    void whatNobodyCountsIsZero() {
        nodes.zone(0, ZoneType.NORMAL).sizes(64, 4096, 4096, 4000).freePages(17, 0, 0);

        assertThat(ZoneInfoText.of(nodes.snapshots()))
                .contains(
                        "\n  per-node stats\n      nr_inactive_anon 0\n",
                        "\n      nr_kernel_file_pages 0\n  pages free     17\n")
                .contains("\n      nr_free_pages 17\n", "\n      nr_mlock     0\n", "\n      numa_interleave 0\n")
                .endsWith("  pages free     0\n" + NO_PAGES);
    }

    private static final String NO_PAGES = """
                    boost    0
                    min      0
                    low      0
                    high     0
                    promo    0
                    spanned  0
                    present  0
                    managed  0
                    cma      0
                    protection: (0, 0, 0, 0, 0)
            """;

    @Test
    void aZoneWithoutPagesEndsAfterItsReserve() {
        nodes.zone(2, ZoneType.MOVABLE).watermarks(new Watermarks(32, 32, 32, 32), 0);

        assertThat(ZoneInfoText.of(nodes.snapshots()))
                .startsWith("Node 2, zone      DMA\n  pages free     0\n" + NO_PAGES + "Node 2, zone    DMA32\n")
                .contains("\nNode 2, zone  Movable\n", "\n        promo    32\n")
                .endsWith("\nNode 2, zone   Device\n  pages free     0\n" + NO_PAGES)
                .doesNotContain("stats", "pagesets", "start_pfn");
    }

    @Test
    void theFirstPopulatedZoneOfEachNodeHasTheNodesCounters() {
        nodes.zone(0, ZoneType.DMA32).present(1);
        nodes.zone(0, ZoneType.NORMAL).present(1);
        nodes.zone(1, ZoneType.NORMAL).present(1);
        VmStats dirty = new VmStats() {
            @Override
            public long node(int nid, NodeStat stat) {
                return stat == NodeStat.NR_DIRTY ? 100L + nid : 0;
            }

            @Override
            public boolean isUnreclaimable(int nid) {
                return nid == 1;
            }
        };

        String text = ZoneInfoText.of(nodes.snapshots(), dirty);

        assertThat(text.split("per-node stats", -1)).hasSize(3);
        assertThat(text)
                .contains("Node 0, zone    DMA32\n  per-node stats\n", "Node 0, zone   Normal\n  pages free ")
                .contains("Node 1, zone   Normal\n  per-node stats\n")
                .containsSubsequence(
                        "nr_dirty     100\n",
                        "node_unreclaimable:  0\n",
                        "nr_dirty     101\n",
                        "node_unreclaimable:  1\n");
    }

    @Test
    void everyWatermarkIsRaisedByTheBoost() {
        nodes.zone(0, ZoneType.NORMAL).watermarks(new Watermarks(10, 20, 30, 40), 512);

        assertThat(ZoneInfoText.of(nodes.snapshots())).contains("""
                        boost    512
                        min      522
                        low      532
                        high     542
                        promo    552
                """);
    }

    @Test
    void theZonesFiguresComeFromItsSnapshot() {
        nodes.zone(0, ZoneType.NORMAL)
                .sizes(1 << 20, 8192, 4096, 4000)
                .reserve(List.of(0L, 0L, 0L, 7L, 7L))
                .pageblocks(List.of(1L, 5L, 0L, 0L, 2L, 0L))
                .freePages(3000, 2560, 700)
                .numa(new NumaStats(1, 2, 3, 4, 5))
                .pageSet(new PageSetSnapshot(0, 11, 12, new PageSetSize(13, 14, 15)), 16)
                .pageSet(new PageSetSnapshot(5, 21, 22, new PageSetSize(13, 14, 15)), 16);

        assertThat(ZoneInfoText.of(nodes.snapshots()))
                .contains("        cma      1024\n        protection: (0, 0, 0, 7, 7)\n      nr_free_pages 3000\n")
                .contains("      nr_free_pages_blocks 2560\n", "      nr_free_cma  700\n      numa_hit     1\n")
                .contains("      numa_foreign 3\n      numa_interleave 0\n      numa_local   4\n      numa_other   5\n")
                .contains("  pagesets\n    cpu: 0\n              count:    11\n              high:     12\n")
                .contains("              batch:    13\n              high_min: 14\n              high_max: 15\n")
                .contains("  vm stats threshold: 16\n    cpu: 5\n              count:    21\n")
                .contains("  node_unreclaimable:  0\n  start_pfn:           1048576\nNode 0, zone  Movable\n");
    }

    @Test
    void noNodesNoText() {
        assertThat(ZoneInfoText.of(List.of())).isEmpty();
    }
}
