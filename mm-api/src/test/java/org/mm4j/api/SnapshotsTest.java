package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Snapshots stay what they were. */
class SnapshotsTest {
    private static final FreeBlocks NOTHING_FREE =
            new FreeBlocks(new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT]);

    private final List<Long> reserve = new ArrayList<>(List.of(0L, 0L, 10L, 10L, 10L));
    private final List<Long> pageblocks = new ArrayList<>(List.of(1L, 2L, 0L, 0L, 0L, 0L));
    private final List<PageSetSnapshot> pageSets =
            new ArrayList<>(List.of(new PageSetSnapshot(0, 5, 20, new PageSetSize(4, 16, 64))));

    private ZoneSnapshot zone(long pagesPresent) {
        return new ZoneSnapshot(
                0,
                ZoneType.DMA,
                1,
                4095,
                pagesPresent,
                pagesPresent,
                0,
                0,
                0,
                0,
                0,
                new Watermarks(1, 2, 3, 4),
                0,
                reserve,
                NOTHING_FREE,
                pageblocks,
                new NumaStats(1, 0, 0, 1, 0),
                10,
                pageSets);
    }

    @Test
    void aZoneCopiesItsLists() {
        ZoneSnapshot before = zone(3998);
        ZoneSnapshot same = zone(3998);
        reserve.set(0, 99L);
        pageblocks.clear();
        pageSets.clear();
        assertThat(before).isEqualTo(same).isNotEqualTo(zone(3998));
        assertThat(before.lowmemReserve()).containsExactly(0L, 0L, 10L, 10L, 10L);
        assertThat(before.pageblocks()).containsExactly(1L, 2L, 0L, 0L, 0L, 0L);
        assertThat(before.pageSets()).containsExactly(new PageSetSnapshot(0, 5, 20, new PageSetSize(4, 16, 64)));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> before.lowmemReserve().add(1L));
    }

    @Test
    void aZoneIsPopulatedWhenItHasFrames() {
        assertThat(zone(1).isPopulated()).isTrue();
        assertThat(zone(0).isPopulated()).isFalse();
    }

    @Test
    void aNodeCopiesItsZones() {
        List<ZoneSnapshot> zones = new ArrayList<>(List.of(zone(1)));
        NodeSnapshot node = new NodeSnapshot(0, zones);
        zones.clear();
        assertThat(node.zones()).containsExactly(zone(1));
    }
}
