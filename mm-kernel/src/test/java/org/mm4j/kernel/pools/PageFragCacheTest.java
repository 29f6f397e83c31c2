package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.kernel.pools.PageFragCache.NONE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageFragCacheTest {
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20));
    private final PageFragCache cache = kernel.pools().pageFragCache();

    @AfterEach
    void allPagesAreBack() {
        cache.drain();
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    @Test
    @DisplayName("C61: 16 fragments of 2048 bytes are one block of order 3, whose references are all accounted for")
    void c61() {
        List<Long> fragments = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            fragments.add(cache.alloc(2048, GFP_KERNEL));
            assertThat(fragments.get(i)).isEqualTo(fragments.getFirst() + 2048L * i);
        }
        assertThat(kernel.pagesInUse()).isEqualTo(8);
        assertThat(kernel.pages().pageCount(cache.blockPfn())).isEqualTo(32769);
        assertThat(cache.fragmentsOut()).isEqualTo(16);
        cache.drain();
        assertThat(kernel.pages().pageCount(kernel.directMap().pfn(fragments.getLast())))
                .isEqualTo(16);
        cache.drain();
        fragments.forEach(cache::free);
        assertThat(kernel.pagesInUse()).isZero();
        assertThatThrownBy(() -> cache.free(fragments.getFirst())).isInstanceOf(BadPageException.class);
    }

    @Test
    @DisplayName("C62: a fragment of 5000 bytes from a cache of a single page is refused, and the page is kept")
    void c62() {
        List<Long> blocks = new ArrayList<>();
        long pfn = kernel.pages().allocPages(GFP_ATOMIC | Gfp.__GFP_MEMALLOC, 3);
        kernel.pages().splitPage(pfn, 3);
        for (long next = pfn;
                next != 0;
                next = kernel.pages().allocPages(GFP_ATOMIC | Gfp.__GFP_NOWARN | Gfp.__GFP_MEMALLOC, 3)) {
            blocks.add(next);
        }
        kernel.pages().freePages(pfn + 1, 0);
        long small = cache.alloc(16, GFP_ATOMIC | Gfp.__GFP_MEMALLOC);
        assertThat(kernel.directMap().pfn(small)).isEqualTo(pfn + 1);
        assertThat(cache.alloc(5000, GFP_ATOMIC | Gfp.__GFP_MEMALLOC)).isEqualTo(NONE);
        assertThat(cache.blockPfn()).isEqualTo(pfn + 1);
        assertThat(cache.alloc(4080, GFP_ATOMIC | Gfp.__GFP_MEMALLOC)).isEqualTo(small + 16);
        assertThat(cache.alloc(1, GFP_ATOMIC)).as("no page is left").isEqualTo(NONE);
        assertThat(cache.blockPfn()).isZero();
        cache.free(small);
        cache.free(small + 16);
        for (long page = pfn; page < pfn + 8; page += page == pfn ? 2 : 1) {
            kernel.pages().freePages(page, 0);
        }
        blocks.stream().skip(1).forEach(block -> kernel.pages().freePages(block, 3));
    }

    @Test
    void aBlockWithoutFragmentsIsUsedAgain() {
        long first = cache.alloc(4096, GFP_KERNEL);
        for (int i = 1; i < 100; i++) {
            cache.free(first + (i - 1) % 8 * 4096);
            assertThat(cache.alloc(4096, GFP_KERNEL)).isEqualTo(first + i % 8 * 4096);
        }
        cache.free(first + 99 % 8 * 4096);
        assertThat(kernel.pagesInUse()).isEqualTo(8);
        assertThat(cache.fragmentsOut()).isZero();
    }

    @Test
    void aBlockWithFragmentsIsLeftToThem() {
        long first = cache.alloc(4096, GFP_KERNEL);
        long pfn = cache.blockPfn();
        for (int i = 1; i < 8; i++) {
            cache.free(cache.alloc(4096, GFP_KERNEL));
        }
        assertThat(cache.alloc(6000, GFP_KERNEL))
                .as("larger than a page, does not fit")
                .isEqualTo(NONE);
        assertThat(cache.blockPfn()).isEqualTo(pfn);
        long next = cache.alloc(4096, GFP_KERNEL);
        assertThat(cache.blockPfn()).isNotEqualTo(pfn);
        assertThat(kernel.pages().pageCount(pfn)).isOne();
        assertThat(kernel.pagesInUse()).isEqualTo(16);
        cache.free(first);
        assertThat(kernel.pagesInUse()).isEqualTo(8);
        cache.free(next);
        cache.free(NONE);
    }

    @Test
    void aligns() {
        long first = cache.alloc(3, GFP_KERNEL);
        assertThat(cache.alloc(5, GFP_KERNEL, 64)).isEqualTo(first + 64);
        assertThat(cache.alloc(1, GFP_KERNEL, 4096)).isEqualTo(first + 4096);
        cache.free(first);
        cache.free(first + 64);
        cache.free(first + 4096);
    }

    @Test
    void badInputIsRefused() {
        assertThatThrownBy(() -> cache.alloc(0, GFP_KERNEL)).hasMessage("a fragment has at least 1 byte, not 0");
        for (int align : new int[] {0, -4, 3, 8192, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> cache.alloc(8, GFP_KERNEL, align)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> cache.alloc(8, GFP_KERNEL | Gfp.__GFP_ZERO)).isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> cache.free(4096))
                .hasMessage("fragment 0x1000 is refused: it is not in the direct map");
        assertThatThrownBy(() -> cache.free(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(cache.alloc(Integer.MAX_VALUE, GFP_KERNEL)).isEqualTo(NONE);
        assertThat(cache.fragmentsOut()).isZero();
    }

    @ParameterizedTest
    @DisplayName("P7: fragments are written here and freed there, with and without alignment")
    @ValueSource(ints = {1, 64})
    void fragmentsGoFromThreadToThread(int align) throws InterruptedException {
        PageFragCaches caches = kernel.pools().pageFragCaches();
        Queue<long[]> ring = new ConcurrentLinkedQueue<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    pass(caches, new Random(seed), align, ring);
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        ring.forEach(each -> checkAndFree(caches, each));
        caches.drain();
        assertThat(kernel.pagesInUse()).isZero();
    }

    private void pass(PageFragCaches caches, Random random, int align, Queue<long[]> ring) {
        for (int step = 0; step < 20_000; step++) {
            int bytes = 8 + random.nextInt(2048);
            long address = caches.alloc(bytes, align);
            if (address != NONE) {
                assertThat(address % align).isZero();
                segment(address, bytes).fill((byte) step);
                ring.add(new long[] {address, bytes, (byte) step});
            }
            long[] other = step % 64 < 32 ? null : ring.poll();
            for (; other != null; other = ring.size() > 200 ? ring.poll() : null) {
                checkAndFree(caches, other);
            }
        }
    }

    private void checkAndFree(PageFragCaches caches, long[] fragment) {
        MemorySegment bytes = segment(fragment[0], (int) fragment[1]);
        assertThat(bytes.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) fragment[2]);
        assertThat(bytes.get(ValueLayout.JAVA_BYTE, fragment[1] - 1)).isEqualTo((byte) fragment[2]);
        caches.free(fragment[0]);
    }

    private MemorySegment segment(long address, int bytes) {
        return kernel.memory().directMap().asSlice(address - kernel.memory().directMapAddress(), bytes);
    }
}
