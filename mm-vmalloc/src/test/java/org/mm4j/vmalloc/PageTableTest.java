package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;

/** Four levels of tables over a Java array that stands for the direct map. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageTableTest {
    private static final long BASE = 0x00c9_0000_0000_0000L;
    private static final int FRAMES = 2048;

    private final BuddyAllocator buddy = BuddyAllocator.ofFrames(FRAMES);
    private final FaultyPages pages = new FaultyPages(buddy);
    private final MemorySegment map =
            MemorySegment.ofArray(new long[(int) ((BuddyConfig.FIRST_PFN + FRAMES) << (PAGE_SHIFT - 3))]);
    private final PageTable table = new PageTable(map.fill((byte) 0xff), pages);

    @AfterEach
    void closeGivesEveryTableBack() {
        table.close();
        assertThat(table.tables()).isZero();
        assertThat(buddy.snapshot().getFirst().zones().stream()
                        .mapToLong(zone -> zone.freeBlocks().pages())
                        .sum())
                .isEqualTo(FRAMES);
    }

    private static long page(long number) {
        return BASE + (number << PAGE_SHIFT);
    }

    private static long[] run(long pfn, int count) {
        long[] pfns = new long[count];
        for (int at = 0; at < count; at++) {
            pfns[at] = pfn + at;
        }
        return pfns;
    }

    private long mapped() {
        AtomicLong frames = new AtomicLong();
        table.forEachMapped(frames::addAndGet);
        return frames.get();
    }

    @Test
    void entriesAreWordsWithThreeFields() {
        for (long pfn : new long[] {0, 1, 512, (1L << 40) - 512}) {
            assertThat(PageTableEntry.pfn(PageTableEntry.of(pfn))).isEqualTo(pfn);
            assertThat(PageTableEntry.isPresent(PageTableEntry.of(pfn))).isTrue();
            assertThat(PageTableEntry.isHuge(PageTableEntry.of(pfn))).isFalse();
        }
        long huge = PageTableEntry.ofHuge(1024);
        assertThat(PageTableEntry.isHuge(huge)).isTrue();
        assertThat(PageTableEntry.pfn(huge)).isEqualTo(1024);
        assertThat(huge).as("as the processor has it").isEqualTo(0x400083L);
        assertThat(PageTableEntry.isPresent(PageTableEntry.NONE)).isFalse();
        assertThat(PageTableEntry.format(huge)).isEqualTo("pfn 1024 huge");
        assertThat(PageTableEntry.format(0)).isEqualTo("none");
    }

    @Test
    void whatIsMappedIsFoundAndNothingElse() {
        long[] pfns = {77, 5, 6};
        assertThat(table.map(page(510), pfns, 3, Gfp.GFP_KERNEL)).isTrue();
        assertThat(table.walk(page(510))).isEqualTo(77);
        assertThat(table.walk(page(511) + 4095)).isEqualTo(5);
        assertThat(table.walk(page(512))).isEqualTo(6);
        for (long number : new long[] {0, 509, 513, 1 << 9, 1 << 18, 1 << 27}) {
            assertThat(table.walk(page(number))).isEqualTo(number == 512 ? 6 : 0);
        }
        assertThat(table.tables()).isEqualTo(5);
        table.clear(page(510), 3);
        assertThat(mapped()).isZero();
        assertThat(table.tables()).as("kept").isEqualTo(5);
    }

    @Test
    void aBlockIsOneEntryWhereNoTableIs() {
        assertThat(table.map(page(1024), run(2048, 1024), 1024, Gfp.GFP_KERNEL)).isTrue();
        assertThat(table.tables()).isEqualTo(3);
        assertThat(table.walk(page(1024 + 700))).isEqualTo(2748);
        assertThat(mapped()).isEqualTo(1024);
        table.clear(page(1024), 1024);
        assertThat(table.map(page(1030), run(7, 1), 1, Gfp.GFP_KERNEL)).isTrue();
        table.clear(page(1030), 1);
        assertThat(table.map(page(1024), run(2048, 512), 512, Gfp.GFP_KERNEL)).isTrue();
        assertThat(table.walk(page(1535))).isEqualTo(2559);
        assertThat(table.walk(page(1536))).isZero();
        table.clear(page(1024), 512);
        assertThat(table.map(page(1), run(2048, 512), 512, Gfp.GFP_KERNEL))
                .as("not aligned")
                .isTrue();
        table.clear(page(1), 512);
        assertThat(mapped()).isZero();
    }

    @Test
    void withoutAFrameForATableNothingIsMapped() {
        for (int made : new int[] {0, 1, 2, 0, 1, 1}) { // of the six tables that it takes; they are kept
            pages.failAfter = made;
            assertThat(table.map(page((1L << 27) - 1), run(5, 3), 3, Gfp.GFP_KERNEL))
                    .isFalse();
            assertThat(mapped()).isZero();
        }
        pages.failAfter = -1;
        assertThat(table.map(page((1L << 27) - 1), run(5, 3), 3, Gfp.GFP_KERNEL))
                .isTrue();
        assertThat(table.walk(page((1L << 27) + 1))).isEqualTo(7);
        table.clear(page((1L << 27) - 1), 3);
    }

    @Test
    void agreesWithAMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Long, Long> model = new HashMap<>();
        TreeMap<Long, Integer> ranges = new TreeMap<>();
        for (int step = 0; step < 3000; step++) {
            long start = random.nextInt(4) << 26 | random.nextInt(2000);
            int count = 1 + random.nextInt(100);
            Long below = ranges.lowerKey(start + count);
            if (below != null && below + ranges.get(below) > start) {
                int length = ranges.remove(below);
                table.clear(page(below), length);
                for (long number = below; number < below + length; number++) {
                    model.remove(number);
                }
            } else {
                long[] pfns = random.longs(count, 1, 1L << 40).toArray();
                assertThat(table.map(page(start), pfns, count, Gfp.GFP_KERNEL)).isTrue();
                ranges.put(start, count);
                for (int at = 0; at < count; at++) {
                    model.put(start + at, pfns[at]);
                }
            }
            long probe = random.nextInt(4) << 26 | random.nextInt(2100);
            assertThat(table.walk(page(probe)))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(model.getOrDefault(probe, 0L));
        }
        assertThat(mapped()).isEqualTo(model.size());
    }

    /** Two threads map neighbours whose tables are missing: nobody's mapping is lost, and no table. */
    @Test
    void neighboursMakeTheirTablesTogether() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int round = 0; round < 300; round++) {
            long first = (long) round << 18;
            CountDownLatch start = new CountDownLatch(2);
            Thread[] threads = new Thread[2];
            for (int thread = 0; thread < 2; thread++) {
                long number = first + thread;
                threads[thread] = Thread.ofPlatform().start(() -> {
                    try {
                        start.countDown();
                        start.await();
                        assertThat(table.map(page(number), new long[] {number + 1}, 1, Gfp.GFP_KERNEL))
                                .isTrue();
                        assertThat(table.walk(page(number))).isEqualTo(number + 1);
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(table.walk(page(first))).isEqualTo(first + 1);
            assertThat(table.walk(page(first + 1))).isEqualTo(first + 2);
        }
        assertThat(failure).hasNullValue();
        assertThat(mapped()).isEqualTo(600);
    }
}
