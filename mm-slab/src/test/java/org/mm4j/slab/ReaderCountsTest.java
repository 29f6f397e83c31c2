package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReaderCountsTest {
    private final ReaderCounts counts = new ReaderCounts(3);

    @Test
    void everySlotAndBankHasItsOwnCount() {
        for (int section = 0; section < 6; section++) {
            counts.enter(section);
            for (int other = 0; other < 6; other++) {
                assertThat(counts.isEmpty(other / 2, other % 2)).isEqualTo(other != section);
            }
            counts.leave(section);
        }
    }

    @Test
    void aCountIsEmptyWhenAllHaveLeft() {
        int section = ReaderCounts.section(2, 1);
        counts.enter(section);
        counts.enter(section);
        assertThat(counts.sum()).isEqualTo(2);

        counts.leave(section);
        assertThat(counts.isEmpty(2, 1)).isFalse();
        counts.leave(section);
        assertThat(counts.isEmpty(2, 1)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 6, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aNumberThatNoSectionHasIsRefused(int section) {
        assertThatThrownBy(() -> counts.leave(section))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("readUnlock of section " + section + ", but readLock returns 0 to 5 here");
        assertThat(counts.sum()).isZero();
    }

    @Test
    void leavingWhereNobodyIsInsideIsRefusedAndChangesNothing() {
        assertThatThrownBy(() -> counts.leave(4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("readUnlock of section 4, which nobody is inside of");
        assertThat(counts.isEmpty(2, 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, ReaderCounts.SLOTS_MAX + 1})
    void tooFewAndTooManySlotsAreRefused(int slots) {
        assertThatThrownBy(() -> new ReaderCounts(slots))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536 slots, and " + slots + " were asked for");
    }
}
