package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

class PageTypeInfoTextTest {
    private final TestNodes nodes = new TestNodes();

    private List<String> lines() {
        return PageTypeInfoText.of(nodes.snapshots()).lines().toList();
    }

    @Test
    void itIsByteForByteWhatLinuxPrints() {
        String recorded = Recorded.text("pagetypeinfo");

        assertThat(PageTypeInfoText.of(Recorded.pageTypeInfo(recorded))).isEqualTo(recorded);
    }

    @Test
    void countsAreCutAtAHundredThousand() {
        nodes.zone(0, ZoneType.NORMAL).present(1).free(MigrateType.MOVABLE, 99_999, 100_000, 100_001, 7);

        assertThat(lines())
                .contains(
                        "Node    0, zone   Normal, type      Movable  99999 >100000 >100000      7      0      0      0      0      0      0      0 ");
    }

    @Test
    void everyNodeWithMemoryHasItsOwnTables() {
        nodes.zone(0, ZoneType.DMA).present(1).pageblocks(List.of(1L, 7L, 0L, 0L, 0L, 0L));
        nodes.node(1);
        nodes.zone(12, ZoneType.MOVABLE).present(1).pageblocks(List.of(0L, 123L, 0L, 2L, 0L, 3L));

        assertThat(lines())
                .hasSize(2 * (4 + 5 + 3))
                .containsSubsequence(
                        "Page block order: 9",
                        "Node 0, zone      DMA            1            7            0            0            0 ",
                        "Page block order: 9",
                        "Node   12, zone  Movable, type      Isolate      0      0      0      0      0      0      0      0      0      0      0 ",
                        "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate ",
                        "Node 12, zone  Movable            0          123            0            2            3 ");
    }

    @Test
    void cmaIsShownWhereThereIsSome() {
        nodes.zone(0, ZoneType.DMA).present(1).pageblocks(List.of(1L, 7L, 0L, 0L, 0L, 0L));
        nodes.zone(1, ZoneType.NORMAL)
                .present(1)
                .pageblocks(List.of(1L, 2L, 3L, 4L, 5L, 6L))
                .free(MigrateType.CMA, 0, 9);

        assertThat(lines())
                .contains(
                        "Node    0, zone      DMA, type          CMA      0      0      0      0      0      0      0      0      0      0      0 ",
                        "Node    1, zone   Normal, type          CMA      0      9      0      0      0      0      0      0      0      0      0 ",
                        "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic          CMA      Isolate ",
                        "Node 1, zone   Normal            1            2            3            4            5            6 ");
    }

    @Test
    void noMemoryNoText() {
        nodes.node(0);

        assertThat(PageTypeInfoText.of(nodes.snapshots())).isEmpty();
        assertThat(PageTypeInfoText.of(List.of())).isEmpty();
    }
}
