package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.PageSetSize;

/** The numbers are those of a Linux zone with 63 pages a batch, if nothing else is said. */
class PageSetTuningTest {
    private static final int BATCH = 63;
    private static final int HIGH_MIN = 4911;
    private static final int HIGH_MAX = 48307;
    private static final int BATCH_MAX = BATCH << 5;

    private final PageSet set = new PageSet();
    private PageSetTuning tuning = new PageSetTuning(new PageSetSize(BATCH, HIGH_MIN, HIGH_MAX));

    private void size(int batch, int highMin, int highMax) {
        tuning = new PageSetTuning(new PageSetSize(batch, highMin, highMax));
    }

    private int freed(int order) {
        set.addCount(1 << order);
        return tuning.freed(set, order, false, false);
    }

    // Taking.

    /** A zone of 1 MiB: its low watermark is larger than an eighth of it. */
    @Test
    void ofATinyZoneTheUpperLimitHolds() {
        size(1, 20, 15);
        assertThat(tuning.blocksToTake(set, 0, false)).isEqualTo(1);
        assertThat(set.high()).isEqualTo(15);
    }

    /** C17 */
    @Test
    void consecutiveAllocationsDoubleTheBatchAndRaiseTheLimit() {
        List<Integer> batches = new ArrayList<>();
        List<Integer> highs = new ArrayList<>();
        for (int refill = 0; refill < 7; refill++) {
            batches.add(tuning.blocksToTake(set, 0, false));
            highs.add(set.high());
        }
        assertThat(batches).containsExactly(63, 126, 252, 504, 1008, 2016, 2016);
        assertThat(highs).containsExactly(4974, 5100, 5352, 5856, 6864, 8880, 10896);
    }

    @Test
    void theLimitGrowsToItsLargestValue() {
        for (int refill = 0; refill < 30; refill++) {
            tuning.blocksToTake(set, 0, false);
        }
        assertThat(set.high()).isEqualTo(HIGH_MAX);
    }

    @Test
    void aZoneBelowItsHighWatermarkLeavesTheLimit() {
        assertThat(tuning.blocksToTake(set, 0, true)).isEqualTo(63);
        assertThat(tuning.blocksToTake(set, 0, true)).isEqualTo(126);
        assertThat(set.high()).isEqualTo(HIGH_MIN);
    }

    @Test
    void noMoreIsTakenThanFitsWithABatchToSpare() {
        size(BATCH, 252, 252);

        assertThat(batches(5)).containsExactly(63, 126, 189, 189, 189);
        set.addCount(100);
        assertThat(tuning.blocksToTake(set, 0, false)).isEqualTo(252 - 100 - 63);
        set.addCount(100);
        assertThat(tuning.blocksToTake(set, 0, false))
                .as("a batch at the least")
                .isEqualTo(63);
    }

    private List<Integer> batches(int refills) {
        List<Integer> batches = new ArrayList<>();
        for (int refill = 0; refill < refills; refill++) {
            batches.add(tuning.blocksToTake(set, 0, false));
        }
        return batches;
    }

    @Test
    void largerBlocksAreTakenInProportionAndTwoAtTheLeast() {
        set.setAllocFactor(5);

        assertThat(tuning.blocksToTake(set, 1, false)).isEqualTo(31);
        assertThat(tuning.blocksToTake(set, 3, false)).isEqualTo(7);
        assertThat(tuning.blocksToTake(set, 9, false)).isEqualTo(2);
        assertThat(set.allocFactor()).isEqualTo(5);
        assertThat(set.high()).isEqualTo(HIGH_MIN + 3 * BATCH);
    }

    @Test
    void limitsThatAreEqualAreNotTuned() {
        size(BATCH, 1000, 1000);

        tuning.blocksToTake(set, 0, false);

        assertThat(set.high()).isEqualTo(1000);
    }

    @Test
    void aBootSetCachesNothing() {
        size(1, 0, 0);

        assertThat(tuning.blocksToTake(set, 0, false)).isOne();
        assertThat(tuning.blocksToTake(set, 3, false)).isOne();
        assertThat(freed(0)).as("pages to free at once").isOne();
        assertThat(set.high()).isZero();
    }

    @Test
    void anAllocationHalvesTheRowOfFrees() {
        set.setFreeCount(101);
        tuning.allocated(set);
        assertThat(set.freeCount()).isEqualTo(50);
    }

    // Giving back.

    @Test
    void aFreeHalvesTheDoublingOfTheBatch() {
        set.setAllocFactor(5);
        freed(0);
        assertThat(set.allocFactor()).isEqualTo(2);
        freed(0);
        freed(0);
        assertThat(set.allocFactor()).isZero();
    }

    @Test
    void aSetBelowItsLimitIsLeftAlone() {
        set.addCount(HIGH_MIN - 2);
        assertThat(freed(0)).isZero();
        assertThat(freed(0)).as("at the limit").isPositive();
    }

    @Test
    void theLongerTheRowOfFreesTheMoreIsFreed() {
        set.addCount(HIGH_MIN);
        assertThat(freed(0)).as("a batch at the least").isEqualTo(BATCH);
        set.setFreeCount(499);
        assertThat(freed(0)).isEqualTo(500);
        set.setFreeCount(BATCH_MAX);
        assertThat(freed(0)).as("the row is counted no further").isEqualTo(BATCH_MAX);
        assertThat(set.freeCount()).isEqualTo(BATCH_MAX);
    }

    @Test
    void aBatchStaysInTheSet() {
        size(BATCH, 252, 252);
        set.addCount(252);
        set.setFreeCount(BATCH_MAX);
        assertThat(freed(0)).isEqualTo(252 - BATCH);
    }

    @Test
    void theLimitGrowsUntilARowOfFreesFits() {
        size(BATCH, 252, HIGH_MAX);
        set.addCount(252);
        set.setFreeCount(999);

        assertThat(freed(0)).isEqualTo(252 - BATCH);
        assertThat(set.high()).isEqualTo(1000 + BATCH);
    }

    @Test
    void aZoneUnderReclaimKeepsFourBatchesAndLosesLimit() {
        set.setHigh(10_000);
        set.addCount(4 * BATCH);
        set.setFreeCount(100);
        assertThat(tuning.freed(set, 0, true, false)).isEqualTo(101);
        assertThat(set.high()).isEqualTo(10_000 - 101);

        set.setFreeCount(0);
        set.addCount(-1);
        assertThat(tuning.freed(set, 0, true, true)).as("below four batches").isZero();
        assertThat(set.high()).as("a batch less at the least").isEqualTo(10_000 - 101 - BATCH);
    }

    @Test
    void aZoneBelowItsHighWatermarkFreesAndLosesLimit() {
        set.setHigh(10_000);
        set.addCount(HIGH_MIN);
        assertThat(tuning.freed(set, 0, false, true)).isEqualTo(BATCH);
        assertThat(set.high()).isEqualTo(10_000 - BATCH);

        set.addCount(-1);
        assertThat(tuning.freed(set, 0, false, true))
                .as("below the least limit")
                .isZero();
        set.setHigh(HIGH_MIN + 1);
        tuning.freed(set, 0, false, true);
        assertThat(set.high()).isEqualTo(HIGH_MIN);
    }

    // Rows of orders 1 to 3.

    /** Enough frees behind it that the next one is of a row. */
    private void rowOfFrees() {
        set.setHigh(10_000);
        set.setFreeCount(BATCH + HIGH_MIN / 2);
        set.addCount(BATCH);
    }

    @Test
    void aRowOfHighOrdersIsNotKept() {
        size(BATCH, 1000, HIGH_MAX);
        set.setHigh(10_000);
        set.setFreeCount(BATCH + 500);
        set.addCount(BATCH);

        assertThat(freed(1)).as("the first of the row").isZero();
        assertThat(freed(2)).as("all there is").isEqualTo(BATCH + 2 + 4);
        assertThat(set.high()).isEqualTo(10_000 - BATCH_MAX);
        set.addCount(5000);
        assertThat(freed(3)).as("the most at once").isEqualTo(BATCH_MAX);
    }

    @Test
    void theLimitDoesNotFallBelowItsSmallestValue() {
        size(BATCH, 1000, HIGH_MAX);
        set.setHigh(1001);
        set.setFreeCount(BATCH + 500);
        set.addCount(BATCH);
        freed(1);
        freed(1);
        assertThat(set.high()).isEqualTo(1000);
    }

    @Test
    void singlePagesAndHugeOnesEndARow() {
        rowOfFrees();
        freed(1);
        freed(0);
        assertThat(freed(1)).isZero();
        freed(9);
        assertThat(freed(1)).isZero();
    }

    @Test
    void aShortRowAndAnAlmostEmptySetAreKept() {
        size(BATCH, 1000, HIGH_MAX);
        set.setHigh(10_000);
        set.setFreeCount(BATCH + 500 - 3);
        set.addCount(BATCH);
        freed(1);
        assertThat(freed(1)).as("the row is one too short").isZero();

        set.addCount(-set.count());
        assertThat(freed(1)).as("less than a batch in the set").isZero();
    }

    // Time.

    @Test
    void timeTakesAnEighthOfTheLimit() {
        set.setHigh(8000);
        assertThat(tuning.decayed(set)).isZero();
        assertThat(set.high()).isEqualTo(7000);
    }

    @Test
    void whatIsTooMuchThenIsFreedButNoMoreThanTheLargestBatch() {
        set.setHigh(8000);
        set.addCount(8000);
        assertThat(tuning.decayed(set)).isEqualTo(1000);

        set.addCount(1000);
        assertThat(tuning.decayed(set)).isEqualTo(9000 - Math.max(9000 - BATCH_MAX, 7000 - 875));
    }

    @Test
    void timeDoesNotGoBelowTheSmallestLimit() {
        set.setHigh(HIGH_MIN + 1);
        tuning.decayed(set);
        assertThat(set.high()).isEqualTo(HIGH_MIN);
        assertThat(tuning.decayed(set)).isZero();
        assertThat(set.high()).isEqualTo(HIGH_MIN);
    }
}
