package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

class BuddyInfoTextTest {
    private final TestNodes nodes = new TestNodes();

    @Test
    void itIsByteForByteWhatLinuxPrints() {
        String recorded = Recorded.text("buddyinfo");

        assertThat(BuddyInfoText.of(Recorded.buddyInfo(recorded))).isEqualTo(recorded);
    }

    @Test
    void blocksOfAllTypesCount() {
        nodes.zone(0, ZoneType.MOVABLE)
                .present(4096)
                .free(MigrateType.UNMOVABLE, 1, 10)
                .free(MigrateType.CMA, 2)
                .free(MigrateType.ISOLATE, 4, 0, 1_234_567);

        assertThat(BuddyInfoText.of(nodes.snapshots()))
                .isEqualTo(
                        "Node 0, zone  Movable      7     10 1234567      0      0      0      0      0      0      0      0 \n");
    }

    @Test
    void zonesWithoutPagesAreLeftOutAndFullOnesAreNot() {
        nodes.node(0);
        nodes.zone(1, ZoneType.NORMAL).present(1024);
        nodes.zone(12, ZoneType.DMA).present(1024);

        assertThat(BuddyInfoText.of(nodes.snapshots()).lines())
                .containsExactly(
                        "Node 1, zone   Normal      0      0      0      0      0      0      0      0      0      0      0 ",
                        "Node 12, zone      DMA      0      0      0      0      0      0      0      0      0      0      0 ");
        assertThat(BuddyInfoText.of(List.of())).isEmpty();
    }
}
