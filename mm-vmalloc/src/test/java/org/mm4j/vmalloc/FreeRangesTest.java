package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.vmalloc.FreeRanges.NONE;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gaps, one case at a time. Addresses are given in pages from the start. */
class FreeRangesTest {
    private static final long START = 1 << 20;
    private static final int PAGES = 256;

    private final FreeRanges ranges = new FreeRanges(START, at(PAGES));

    private static long at(long page) {
        return START + page * PAGE_SIZE;
    }

    private long take(int pages, int alignPages, int from, int until) {
        long address = ranges.allocate((long) pages * PAGE_SIZE, (long) alignPages * PAGE_SIZE, at(from), at(until));
        return address == NONE ? -1 : (address - START) / PAGE_SIZE;
    }

    private void free(int from, int until) {
        ranges.free(at(from), at(until), 1);
    }

    /** Everything is taken, page by page, but for these. */
    private void onlyFree(int... fromAndUntil) {
        for (int i = 0; i < PAGES; i++) {
            take(1, 1, 0, PAGES);
        }
        for (int i = 0; i < fromAndUntil.length; i += 2) {
            int from = fromAndUntil[i];
            ranges.free(at(from), at(fromAndUntil[i + 1]), fromAndUntil[i + 1] - from);
        }
    }

    private List<String> gaps() {
        List<String> gaps = new ArrayList<>();
        ranges.forEach((s, e) -> gaps.add((s - START) / PAGE_SIZE + "-" + (e - START) / PAGE_SIZE));
        return gaps;
    }

    @AfterEach
    void isValid() {
        assertThat(ranges.validate()).isEmpty();
    }

    @Test
    void fourWaysToTake() {
        assertThat(take(8, 1, 0, PAGES)).as("left edge").isZero();
        assertThat(take(8, 1, 248, PAGES)).as("right edge").isEqualTo(248);
        assertThat(take(8, 1, 100, PAGES)).as("middle").isEqualTo(100);
        assertThat(gaps()).containsExactly("8-100", "108-248");
        assertThat(take(92, 1, 0, PAGES)).as("full").isEqualTo(8);
        assertThat(gaps()).containsExactly("108-248");
    }

    @Test
    void fourWaysToGiveBack() {
        for (int i = 0; i < PAGES / 16; i++) {
            take(16, 1, 0, PAGES);
        }
        assertThat(gaps()).isEmpty();
        assertThat(ranges.bytesLargestGap()).isZero();
        free(32, 48);
        assertThat(gaps()).as("alone").containsExactly("32-48");
        free(48, 64);
        assertThat(gaps()).as("behind a gap").containsExactly("32-64");
        free(16, 32);
        assertThat(gaps()).as("before a gap").containsExactly("16-64");
        free(80, 96);
        free(64, 80);
        assertThat(gaps()).as("between two").containsExactly("16-96");
    }

    @Test
    void theLowestFitIsTaken() {
        take(4, 1, 10, PAGES);
        take(4, 1, 20, PAGES);
        take(4, 1, 40, PAGES);
        assertThat(gaps()).containsExactly("0-10", "14-20", "24-40", "44-256");
        assertThat(take(16, 1, 0, PAGES)).isEqualTo(24);
        assertThat(take(6, 1, 4, PAGES))
                .as("in what is left of the gap where the range begins")
                .isEqualTo(4);
        assertThat(take(5, 1, 0, PAGES)).isEqualTo(14);
        assertThat(take(1, 1, 5, PAGES)).isEqualTo(19);
    }

    @Test
    void nothingReachesOutOfTheRange() {
        assertThat(take(8, 1, 100, 107)).isEqualTo(-1);
        assertThat(take(8, 1, 100, 108)).isEqualTo(100);
        assertThat(take(1, 1, 100, 108)).isEqualTo(-1);
        assertThat(ranges.allocate(PAGE_SIZE, 1, at(-50), at(-40))).isEqualTo(NONE);
        assertThat(ranges.allocate(PAGE_SIZE, 1, at(300), at(400))).isEqualTo(NONE);
        assertThat(ranges.allocate(PAGE_SIZE, 1, at(-50), at(400))).isEqualTo(START);
        assertThat(take(8, 16, 97, 112))
                .as("no place at a multiple of 16 is left")
                .isEqualTo(-1);
    }

    /** The kernel looks for 8 + 16 − 1 pages only, and fails here. */
    @Test
    void anAlignedGapThatIsJustLongEnoughIsFound() {
        onlyFree(1, 12, 20, 30, 36, 47, 64, 72); // all are long enough, but begin at no multiple of 16, but for one
        assertThat(take(8, 16, 0, PAGES)).isEqualTo(64);
        assertThat(take(8, 16, 0, PAGES)).isEqualTo(-1);
    }

    @Test
    void aGapThatHoldsAnyAlignmentComesFirst() {
        onlyFree(16, 24, 33, 56); // the one fits as it lies by chance; the other one is 8 + 16 − 1 pages long
        assertThat(take(8, 16, 0, PAGES)).isEqualTo(48);
        assertThat(take(8, 16, 0, PAGES)).isEqualTo(16);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 12, 13, 20, 30, 40, 47, 62, 63})
    void anyAlignmentEndsWell(int shift) {
        long address = ranges.allocate(PAGE_SIZE, 1L << shift, START + PAGE_SIZE, at(PAGES));
        if (shift <= 19) {
            assertThat(address)
                    .isPositive()
                    .satisfies(a -> assertThat(a % (1L << shift)).isZero());
        } else {
            assertThat(address).isEqualTo(NONE);
        }
    }

    @Test
    void addressesOfTheUpperHalfAreInOrderToo() {
        long start = 0xffff_c900_0000_0000L;
        FreeRanges upper = new FreeRanges(start, start + (32L << 40));
        assertThat(upper.allocate(PAGE_SIZE, PAGE_SIZE, start, upper.end())).isEqualTo(start);
        assertThat(upper.allocate(2L << 20, 2L << 20, start, upper.end())).isEqualTo(start + (2L << 20));
        assertThat(upper.allocate(PAGE_SIZE, 1L << 63, start, upper.end())).isEqualTo(NONE);
        assertThat(upper.allocate(Long.MAX_VALUE & -PAGE_SIZE, 1L << 62, start, upper.end()))
                .isEqualTo(NONE);
        assertThat(upper.validate()).isEmpty();
    }

    @Test
    void whatIsFreeIsNotGivenBack() {
        take(16, 1, 0, PAGES);
        take(16, 1, 32, PAGES);
        var before = gaps();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> free(16, 32))
                .withMessage("not taken, or not all of it: 0x110000-0x120000");
        assertThatIllegalArgumentException().isThrownBy(() -> free(8, 17));
        assertThatIllegalArgumentException().isThrownBy(() -> free(31, 48));
        assertThatIllegalArgumentException().isThrownBy(() -> free(0, 48));
        assertThatIllegalArgumentException().isThrownBy(() -> free(8, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> free(-8, -4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ranges.free(START, at(16), 3))
                .withMessage("3 ranges given back, of 2 that are taken");
        assertThat(gaps()).isEqualTo(before);
        free(0, 16);
        assertThatIllegalArgumentException().isThrownBy(() -> free(0, 16));
    }

    @Test
    void aSpaceIsWholePagesWithoutAddressZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FreeRanges(0, 4096))
                .withMessage("no address space: 0x0-0x1000");
        assertThatIllegalArgumentException().isThrownBy(() -> new FreeRanges(-4096, 4096));
        assertThatIllegalArgumentException().isThrownBy(() -> new FreeRanges(4096, 4096));
        assertThatIllegalArgumentException().isThrownBy(() -> new FreeRanges(4097, 8192));
        assertThat(new FreeRanges(-8192, 0).bytesFree()).isEqualTo(8192);
    }

    @Test
    void withoutMemoryNothingIsTakenAndAllIsGivenBack() {
        ranges.tree().setCapacityMax(0);
        List<Long> taken = new ArrayList<>();
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> {
            while (true) {
                taken.add(ranges.allocate(PAGE_SIZE, PAGE_SIZE, START, at(PAGES)));
            }
        });
        assertThat(taken).hasSizeGreaterThan(10);
        assertThat(ranges.rangesTaken()).isEqualTo(taken.size());
        assertThat(ranges.validate()).isEmpty();
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> take(1, 1, 100, PAGES));
        for (int i = 0; i < taken.size(); i += 2) { // as many gaps as there can be
            ranges.free(taken.get(i), taken.get(i) + PAGE_SIZE, 1);
        }
        assertThat(ranges.validate()).isEmpty();
        for (int i = 1; i < taken.size(); i += 2) {
            ranges.free(taken.get(i), taken.get(i) + PAGE_SIZE, 1);
        }
        assertThat(gaps()).containsExactly("0-256");
    }
}
