package org.mm4j.buddy;

import static java.math.BigInteger.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

class FragmentationTest {
    private static FreeBlocks free(long... blocksByOrder) {
        long[] counts = new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT];
        for (int order = 0; order < blocksByOrder.length; order++) {
            int type = order % MigrateType.COUNT; // which one does not matter
            counts[order * MigrateType.COUNT + type] = blocksByOrder[order];
        }
        return new FreeBlocks(counts);
    }

    @ParameterizedTest
    @CsvSource({
        "3, 100 0 0 0, 865",
        "3, 0 0 4, 250",
        "9, 1000 0 0 100, 996",
        "9, 0 0 0 0 0 0 0 0 600, 499",
        "4, 1, -62",
        "4, 0, 0",
        "4, 9 9 9 9 1, -1000",
        "0, 1, -1000",
    })
    void index(int order, String blocks, int index) {
        long[] counts = IntStream.range(0, blocks.split(" ").length)
                .mapToLong(each -> Long.parseLong(blocks.split(" ")[each]))
                .toArray();

        assertThat(Fragmentation.index(free(counts), order)).isEqualTo(index);
    }

    @Test
    void nothingFreeIsUnusableButNotFragmented() {
        assertThat(Fragmentation.unusableIndex(free(), 3)).isEqualTo(1000);
        assertThat(Fragmentation.externalPercent(free(), 3)).isZero();
    }

    @Test
    void onlySmallerBlocksAreUnusable() {
        FreeBlocks free = free(6, 1, 0, 3); // 8 of 32 pages are below order 3

        assertThat(Fragmentation.unusableIndex(free, 0)).isZero();
        assertThat(Fragmentation.unusableIndex(free, 3)).isEqualTo(250);
        assertThat(Fragmentation.externalPercent(free, 3)).isEqualTo(25);
        assertThat(Fragmentation.unusableIndex(free, 4)).isEqualTo(1000);
        assertThat(Fragmentation.externalPercent(free, 4)).isEqualTo(100);
    }

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theyAreTheKernelsFormulas(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] blocks = new long[PageFrame.NR_PAGE_ORDERS];
        for (int order = 0; order < blocks.length; order++) {
            blocks[order] = random.nextBoolean() ? 0 : random.nextLong(1L << random.nextInt(1, 25));
        }
        for (int order = 0; order < blocks.length; order++) {
            BigInteger pages = sum(blocks, 0, 0);
            BigInteger total = IntStream.range(0, blocks.length)
                    .mapToObj(o -> big(blocks[o]))
                    .reduce(ZERO, BigInteger::add);
            BigInteger suitable = sum(blocks, order, order);
            BigInteger unusable = pages.subtract(suitable.shiftLeft(order));

            assertThat(big(Fragmentation.index(free(blocks), order))).isEqualTo(index(pages, total, suitable, order));
            assertThat(big(Fragmentation.unusableIndex(free(blocks), order)))
                    .isEqualTo(
                            pages.signum() == 0
                                    ? big(1000)
                                    : unusable.multiply(big(1000)).divide(pages));
            assertThat(big(Fragmentation.externalPercent(free(blocks), order)))
                    .isEqualTo(
                            pages.signum() == 0
                                    ? ZERO
                                    : unusable.multiply(big(100)).divide(pages));
        }
    }

    private static BigInteger index(BigInteger pages, BigInteger total, BigInteger suitable, int order) {
        if (total.signum() == 0) {
            return ZERO;
        }
        return suitable.signum() > 0
                ? big(-1000)
                : big(1000)
                        .subtract(big(1000)
                                .add(pages.multiply(big(1000)).shiftRight(order))
                                .divide(total));
    }

    /** How many blocks of order {@code unit} fit into the blocks from order {@code first}. */
    private static BigInteger sum(long[] blocks, int first, int unit) {
        return IntStream.range(first, blocks.length)
                .mapToObj(order -> big(blocks[order]).shiftLeft(order - unit))
                .reduce(ZERO, BigInteger::add);
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }
}
