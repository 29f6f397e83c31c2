package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counts of free lists, by order and type and in sum. */
class FreeBlocksTest {
    private static final int LISTS = PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT;

    /** List i has i blocks, so that every list has another number. */
    private static long[] ascending() {
        long[] counts = new long[LISTS];
        for (int list = 0; list < LISTS; list++) {
            counts[list] = list;
        }
        return counts;
    }

    @Test
    void everyListIsFoundByOrderAndType() {
        FreeBlocks blocks = new FreeBlocks(ascending());
        long expected = 0;
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            for (MigrateType type : MigrateType.values()) {
                assertThat(blocks.blocks(order, type)).isEqualTo(expected++);
            }
        }
    }

    @Test
    void sumsAreOverAllTypes() {
        FreeBlocks blocks = new FreeBlocks(ascending());
        assertThat(blocks.blocks(0)).isEqualTo(0 + 1 + 2 + 3 + 4 + 5);
        assertThat(blocks.blocks(10)).isEqualTo(60 + 61 + 62 + 63 + 64 + 65);
        assertThat(blocks).hasToString("15 51 87 123 159 195 231 267 303 339 375");
    }

    @Test
    void pagesAreBlocksTimesTheirSize() {
        long[] counts = new long[LISTS];
        counts[MigrateType.ISOLATE.ordinal()] = 3;
        counts[3 * MigrateType.COUNT + MigrateType.MOVABLE.ordinal()] = 5;
        counts[10 * MigrateType.COUNT] = 1L << 40;
        assertThat(new FreeBlocks(counts).pages()).isEqualTo(3 + 5 * 8 + (1L << 50));
        assertThat(new FreeBlocks(new long[LISTS]).pages()).isZero();
    }

    @Test
    void theArrayIsCopied() {
        long[] counts = ascending();
        FreeBlocks blocks = new FreeBlocks(counts);
        counts[LISTS - 1] = 0;
        assertThat(blocks.blocks(10, MigrateType.ISOLATE)).isEqualTo(LISTS - 1);
    }

    @Test
    void equalCountsAreEqual() {
        FreeBlocks blocks = new FreeBlocks(ascending());
        assertThat(blocks)
                .isEqualTo(new FreeBlocks(ascending()))
                .hasSameHashCodeAs(new FreeBlocks(ascending()))
                .isNotEqualTo(new FreeBlocks(new long[LISTS]))
                .isNotEqualTo(null)
                .isNotEqualTo("15 51 87 123 159 195 231 267 303 339 375");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, LISTS - 1, LISTS + 1})
    void anotherNumberOfListsIsRefused(int lists) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FreeBlocks(new long[lists]))
                .withMessage("a zone has 66 free lists, not " + lists);
    }
}
