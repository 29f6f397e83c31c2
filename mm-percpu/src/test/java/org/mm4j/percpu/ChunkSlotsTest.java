package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The slot vectors of the kernel's formula. */
class ChunkSlotsTest {
    @ParameterizedTest
    @CsvSource({
        "4, 1",
        "15, 1",
        "16, 2",
        "31, 2",
        "32, 3",
        "64, 4",
        "128, 5",
        "1024, 8",
        "4096, 10",
        "32768, 13",
        "65536, 14",
        "262144, 16"
    })
    void slotsFollowTheSize(int bytes, int slot) {
        assertThat(ChunkSlots.slotOf(bytes)).isEqualTo(slot);
    }

    @Test
    void specialSlotsFollowThatOfAUnit() {
        ChunkSlots slots = new ChunkSlots(32768);
        assertThat(slots.sidelinedSlot()).isEqualTo(14);
        assertThat(slots.freeSlot()).isEqualTo(15);
        assertThat(slots.toDepopulateSlot()).isEqualTo(16);
        assertThat(slots.count()).isEqualTo(17);
    }
}
