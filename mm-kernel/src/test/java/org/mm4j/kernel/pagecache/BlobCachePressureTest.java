package org.mm4j.kernel.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** The cache where memory is short: what it loses in hits, and that its pages go to whoever needs them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlobCachePressureTest {
    private static final int KEYS = 40_000;
    private static final int QUESTIONS = 400_000;
    private static final int WARM_UP = 100_000;
    private static final MemorySegment PAGE = MemorySegment.ofArray(new byte[PageFrame.PAGE_SIZE]);

    /** 8192 pages. */
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(32 << 20));

    @AfterEach
    void close() {
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    /** Keys by Zipf's law: the n-th is asked for 1/n^0.9 as often as the first. */
    private static int[] zipf(long seed) {
        double[] cumulated = new double[KEYS];
        double sum = 0;
        for (int key = 0; key < KEYS; key++) {
            sum += 1 / Math.pow(key + 1, 0.9);
            cumulated[key] = sum;
        }
        Random random = new Random(seed);
        int[] questions = new int[QUESTIONS];
        for (int at = 0; at < QUESTIONS; at++) {
            int found = Arrays.binarySearch(cumulated, random.nextDouble() * sum);
            questions[at] = Math.min(KEYS - 1, found < 0 ? -found - 1 : found);
        }
        return questions;
    }

    private static double hitRatioOfCaffeine(int[] questions, long size) {
        Cache<Integer, Boolean> plain =
                Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
        int hits = 0;
        for (int at = 0; at < QUESTIONS; at++) {
            boolean hit = plain.getIfPresent(questions[at]) != null;
            if (!hit) {
                plain.put(questions[at], true);
            }
            hits += hit && at >= WARM_UP ? 1 : 0;
        }
        return (double) hits / (QUESTIONS - WARM_UP);
    }

    @Test
    @DisplayName("under memory pressure the hit ratio is that of plain Caffeine of the same size, within one point")
    void keepsTheHitRatio() {
        int[] questions = zipf(42);
        try (BlobCache<Integer> cache = kernel.blobCache("zipf", 1 << 30, _ -> PAGE)) {
            long sizes = 0;
            long hitsBefore = 0;
            for (int at = 0; at < QUESTIONS; at++) {
                if (at == WARM_UP) {
                    hitsBefore = cache.stats().hits();
                }
                cache.get(questions[at]).close();
                sizes += at >= WARM_UP && at % 1000 == 0 ? cache.stats().pages() : 0;
            }
            long size = sizes / ((QUESTIONS - WARM_UP) / 1000);
            double ratio = (double) (cache.stats().hits() - hitsBefore) / (QUESTIONS - WARM_UP);
            assertThat(size).as("the machine is full of it").isBetween(6500L, 8192L);
            assertThat(cache.stats().pagesReclaimed()).as("memory was short").isPositive();
            assertThat(ratio).isCloseTo(hitRatioOfCaffeine(questions, size), within(0.01));
        }
    }

    @Test
    @DisplayName("whoever needs pages gets nearly all of the cache; pinned and read blobs stay")
    void pagesGo() {
        try (BlobCache<Integer> cache = kernel.blobCache("full", 1 << 30, _ -> PAGE)) {
            for (int key = 0; key < 8192; key++) {
                cache.get(key).close();
            }
            cache.get(1).close();
            assertThat(cache.pin(1)).isTrue();
            try (Blob reader = cache.get(2)) {
                List<Long> taken = new ArrayList<>();
                for (int page = 0; page < 7400; page++) {
                    long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
                    assertThat(pfn).as("page %d", page).isNotEqualTo(PageFrame.NONE);
                    taken.add(pfn);
                }
                assertThat(cache.stats().pages()).isLessThan(600);
                assertThat(cache.getIfPresent(1)).isNotNull().satisfies(Blob::close);
                assertThat(reader.get(4095)).isZero();
                taken.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            }
            long bound = cache.stats().pagesBound();
            assertThat(bound).isLessThan(600);
            for (int key = 0; key < 4000; key++) {
                cache.get(key).close();
            }
            assertThat(cache.stats().pages()).as("it grows again").isGreaterThan(3000);
        }
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).isZero();
    }
}
