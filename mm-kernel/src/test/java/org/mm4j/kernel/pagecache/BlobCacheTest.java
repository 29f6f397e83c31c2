package org.mm4j.kernel.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** Blobs come, are read, stay if they are pinned, and give their pages back when they go. */
class BlobCacheTest {
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20));
    private final AtomicInteger loads = new AtomicInteger();

    @AfterEach
    void nothingIsLeft() {
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    private static byte[] bytes(int key, int length) {
        byte[] bytes = new byte[length];
        new Random(key).nextBytes(bytes);
        return bytes;
    }

    /** Blob n has n bytes; there is none for negative numbers. */
    private @Nullable MemorySegment load(Integer key) {
        loads.incrementAndGet();
        return key < 0 ? null : MemorySegment.ofArray(bytes(key, key));
    }

    private BlobCache<Integer> cache(long pages) {
        return kernel.blobCache("test", pages << PageFrame.PAGE_SHIFT, this::load);
    }

    @ParameterizedTest
    @DisplayName("a blob has the bytes that were loaded, over as many pages as it takes")
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, 100_000})
    void bytesComeBack(int length) {
        try (BlobCache<Integer> cache = cache(100);
                Blob blob = cache.get(length)) {
            assertThat(blob.toArray()).isEqualTo(bytes(length, length));
            assertThat(blob.bytes()).isEqualTo(length);
            assertThat(blob.pages()).isEqualTo((length + 4095) / 4096);
            long inPlace = 0;
            for (int page = 0; page < blob.pages(); page++) {
                inPlace += blob.page(page).byteSize();
            }
            assertThat(inPlace).isEqualTo(length);
            assertThat(cache.stats().pages()).isEqualTo(blob.pages());
        }
    }

    @Test
    void partsAreCopied() {
        try (BlobCache<Integer> cache = cache(100);
                Blob blob = cache.get(10_000)) {
            byte[] part = new byte[5000];
            blob.copyTo(4000, MemorySegment.ofArray(part));
            assertThat(part).isEqualTo(Arrays.copyOfRange(bytes(10_000, 10_000), 4000, 9000));
            assertThat(blob.get(9999)).isEqualTo(bytes(10_000, 10_000)[9999]);
            assertThatThrownBy(() -> blob.copyTo(9999, MemorySegment.ofArray(new byte[2])))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessage("bytes 9999 to 10001 are refused: the blob has 10000");
        }
    }

    @Test
    @DisplayName("what is there is not loaded again; what is not there is null, and asked for again")
    void hitsAndMisses() {
        try (BlobCache<Integer> cache = cache(100)) {
            for (int time = 0; time < 3; time++) {
                cache.get(10).close();
                assertThat(cache.get(-1)).isNull();
            }
            assertThat(cache.getIfPresent(11)).isNull();
            assertThat(loads).hasValue(1 + 3);
            BlobCacheStats stats = cache.stats();
            assertThat(stats.hits()).isEqualTo(2);
            assertThat(stats.misses()).isEqualTo(5);
            assertThat(stats.loads()).isEqualTo(1);
            assertThat(stats.hitRatio()).isEqualTo(2.0 / 7);
        }
    }

    @Test
    @DisplayName("pages keep the limit; those that go are given back at once")
    void keepsTheBound() {
        try (BlobCache<Integer> cache = cache(100)) {
            for (int key = 1; key <= 500; key++) {
                cache.get(key * 16).close();
                assertThat(cache.stats().pages()).isLessThanOrEqualTo(100);
            }
            BlobCacheStats stats = cache.stats();
            assertThat(stats.pages()).isGreaterThan(90);
            assertThat(stats.pagesEvicted()).isPositive();
            assertThat(kernel.pagesInUse()).isEqualTo(stats.pages());
            cache.invalidateAll();
            assertThat(kernel.pagesInUse()).isZero();
        }
    }

    @Test
    @DisplayName("a pinned blob stays, whatever else comes; its pages come on top of the limit")
    void pins() {
        try (BlobCache<Integer> cache = cache(50)) {
            assertThat(cache.pin(5)).isFalse();
            cache.get(20_000).close();
            assertThat(cache.pin(20_000)).isTrue();
            assertThat(cache.pin(20_000)).isTrue();
            churn(cache);
            assertThat(cache.stats().pagesPinned()).isEqualTo(5);
            assertThat(cache.unpin(20_000)).isTrue();
            churn(cache);
            cache.put(20_000, MemorySegment.ofArray(bytes(1, 9000)));
            assertThat(cache.stats().pagesPinned())
                    .as("a new blob inherits the pin")
                    .isEqualTo(3);
            churn(cache);
            try (Blob blob = cache.getIfPresent(20_000)) {
                assertThat(blob.toArray()).isEqualTo(bytes(1, 9000));
            }
            assertThat(cache.unpin(20_000)).isTrue();
            assertThat(cache.unpin(20_000)).isFalse();
            assertThat(cache.stats().pagesPinned()).isZero();
            churn(cache);
            churn(cache);
            assertThat(cache.getIfPresent(20_000)).isNull();
        }
    }

    private static void churn(BlobCache<Integer> cache) {
        for (int key = 1; key < 300; key++) {
            cache.get(key).close();
            cache.get(key).close();
        }
    }

    @Test
    @DisplayName("a blob that is read keeps its pages, though the cache has forgotten it")
    void readersKeepPages() {
        try (BlobCache<Integer> cache = cache(50)) {
            Blob blob = cache.get(10_000);
            assertThat(cache.invalidate(10_000)).isTrue();
            assertThat(cache.invalidate(10_000)).isFalse();
            assertThat(kernel.pagesInUse()).isEqualTo(3);
            assertThat(blob.toArray()).isEqualTo(bytes(10_000, 10_000));
            blob.close();
            blob.close();
            assertThat(kernel.pagesInUse()).isZero();
            assertThatThrownBy(blob::toArray).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @DisplayName("a loader that throws, or asks for its own blob, leaves nothing behind")
    void badLoaders() {
        BlobLoader<Integer> throwing = _ -> {
            throw new IOException("no such file");
        };
        try (BlobCache<Integer> cache = kernel.blobCache("test", 1 << 20, throwing)) {
            assertThatThrownBy(() -> cache.get(1))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasRootCauseMessage("no such file");
            assertThatThrownBy(() -> cache.get(1)).isInstanceOf(UncheckedIOException.class);
        }
        List<BlobCache<Integer>> self = new ArrayList<>();
        try (BlobCache<Integer> cache = kernel.blobCache("test", 1 << 20, key -> {
            self.getFirst().get(key);
            return null;
        })) {
            self.add(cache);
            assertThatThrownBy(() -> cache.get(1)).hasMessage("the loader of 1 asks for 1");
        }
        assertThatThrownBy(() -> cache(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("a blob for which there are no pages is refused, and what was taken for it is given back")
    void noPages() {
        try (BlobCache<Integer> cache = cache(10_000)) {
            assertThatThrownBy(() -> cache.put(1, MemorySegment.ofArray(new byte[20 << 20])))
                    .isInstanceOf(AllocationFailure.class)
                    .hasMessage("no pages for the 20971520 bytes of 1");
        }
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("many who ask for the same blob make one of them load it")
    void oneLoads() throws InterruptedException {
        CountDownLatch all = new CountDownLatch(8);
        BlobLoader<Integer> slow = key -> {
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return load(key);
        };
        try (BlobCache<Integer> cache = kernel.blobCache("test", 1 << 20, slow)) {
            AtomicInteger right = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int reader = 0; reader < 8; reader++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    all.countDown();
                    try (Blob blob = cache.get(5000)) {
                        right.addAndGet(Arrays.equals(blob.toArray(), bytes(5000, 5000)) ? 1 : 0);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(right).hasValue(8);
            assertThat(loads).hasValue(1);
        }
    }

    @Test
    @DisplayName("the pages of a blob move when a range is emptied; those of one that is read do not")
    void pagesMove() {
        List<Long> below = new ArrayList<>(); // the first pageblock is not whole: there is no frame 0
        while (below.isEmpty() || below.getLast() < 1024) {
            below.add(kernel.pages().allocPages(Gfp.GFP_HIGHUSER_MOVABLE, 0));
        }
        try (BlobCache<Integer> cache = cache(2000)) {
            cache.get(100_000).close();
            below.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            long pfn = pfnOf(cache, 100_000);
            long start = pfn & -512L;
            try (Blob reader = cache.get(100_000)) {
                assertThat(kernel.buddy().allocContigRange(start, start + 512, Gfp.GFP_KERNEL))
                        .isFalse();
                assertThat(reader.toArray()).isEqualTo(bytes(100_000, 100_000));
            }
            assertThat(kernel.buddy().allocContigRange(start, start + 512, Gfp.GFP_KERNEL))
                    .isTrue();
            assertThat(pfnOf(cache, 100_000) & -512L).isNotEqualTo(start);
            try (Blob reader = cache.get(100_000)) {
                assertThat(reader.toArray()).isEqualTo(bytes(100_000, 100_000));
            }
            kernel.buddy().freeContigRange(start, 512);
        }
    }

    private static long pfnOf(BlobCache<Integer> cache, int key) {
        return cache.entries().getIfPresent(key).pfns()[0];
    }
}
