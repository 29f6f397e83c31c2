package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A million random steps, each compared with a sorted list. */
class FreeRangesDifferentialTest {
    private static final long START = 0x7000_0001_3000L;

    private record Taken(long start, long end) {}

    private final List<Taken> taken = new ArrayList<>();
    private long served;
    private long refused;

    @ParameterizedTest(name = "seed {0}: {1} pages, up to {2} at once, {3} steps")
    @CsvSource({
        "1,     64,   8, 150000",
        "2,     64,  64, 100000",
        "3,    512,  16, 200000",
        "4,   4096,  64, 200000",
        "5,   4096, 512, 150000",
        "6,  65536, 600, 100000",
        "7,   1024,   1, 100000",
    })
    void behavesAsASortedList(int seed, int pages, int pagesMax, int steps) {
        Random random = new Random(seed);
        long end = START + (long) pages * PAGE_SIZE;
        FreeRanges ranges = new FreeRanges(START, end);
        NaiveRanges naive = new NaiveRanges(START, end);
        for (int step = 0; step < steps; step++) {
            String where = "seed " + seed + ", step " + step;
            boolean isGrowing = step / 2000 % 2 == 0;
            if (taken.isEmpty() || random.nextInt(100) < (isGrowing ? 65 : 40)) {
                allocate(random, ranges, naive, pages, pagesMax, where);
            } else {
                free(random, ranges, naive);
            }
            if (ranges.bytesFree() != naive.bytesFree()
                    || ranges.bytesLargestGap() != naive.bytesLargestGap()
                    || ranges.gaps() != naive.gaps()) {
                throw new AssertionError(where + ": other gaps");
            }
            if (step % 1000 == 0) {
                assertThat(ranges.validate()).as(where).isEmpty();
            }
        }
        assertThat(served).as("requests served").isGreaterThan(steps / 10);
        assertThat(refused).as("requests refused").isPositive();
        taken.forEach(each -> ranges.free(each.start, each.end, 1));
        assertThat(ranges.validate()).isEmpty();
        assertThat(ranges.gaps()).isEqualTo(1);
        assertThat(ranges.bytesLargestGap()).isEqualTo(end - START);
    }

    private void allocate(Random random, FreeRanges ranges, NaiveRanges naive, int pages, int pagesMax, String where) {
        long bytes = (1L + random.nextInt(pagesMax)) * PAGE_SIZE;
        long align = random.nextBoolean() ? PAGE_SIZE : (long) PAGE_SIZE << random.nextInt(9);
        long from = START;
        long until = START + (long) pages * PAGE_SIZE;
        if (random.nextInt(4) == 0) {
            from += (long) random.nextInt(pages) * PAGE_SIZE;
            until -= (long) random.nextInt(pages) * PAGE_SIZE;
        }
        long address = ranges.allocate(bytes, align, from, until);
        long expected = naive.allocate(bytes, align, from, until);
        if (address != expected) {
            throw new AssertionError(where + ": 0x" + Long.toHexString(address) + ", not 0x"
                    + Long.toHexString(expected) + ", for " + bytes + " bytes at a multiple of " + align + " in "
                    + FreeRanges.name(from, until));
        }
        if (address == FreeRanges.NONE) {
            refused++;
        } else {
            served++;
            taken.add(new Taken(address, address + bytes));
        }
    }

    /** One range, or a few that touch as one. */
    private void free(Random random, FreeRanges ranges, NaiveRanges naive) {
        int last = taken.size() - 1;
        int i = random.nextInt(taken.size());
        Taken each = taken.get(i);
        taken.set(i, taken.get(last));
        taken.remove(last);
        int other = taken.isEmpty() ? -1 : random.nextInt(taken.size());
        if (other >= 0 && taken.get(other).start == each.end) {
            long end = taken.remove(other).end;
            ranges.free(each.start, end, 2);
            naive.free(each.start, end);
        } else {
            ranges.free(each.start, each.end, 1);
            naive.free(each.start, each.end);
        }
    }
}
