package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.FaultyPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.pagecache.Blob;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.SlabAllocator;
import org.mm4j.slab.SlabConfig;

/** A kernel whose memory is scattered, and one where allocations fail on purpose. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompactedKernelTest {
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(32 << 20));

    @AfterEach
    void close() {
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    private static MemorySegment page(int key) {
        byte[] bytes = new byte[PageFrame.PAGE_SIZE];
        new Random(key).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    @DisplayName("a huge page is made of memory that a page cache has scattered, and every blob keeps its bytes")
    void hugePages() {
        try (BlobCache<Integer> cache = kernel.blobCache("scattered", 1 << 30, CompactedKernelTest::page)) {
            for (int key = 0; key < 7000; key++) {
                cache.get(key).close();
            }
            for (int key = 0; key < 7000; key += 2) {
                cache.invalidate(key);
            }
            kernel.drainAllPages();
            List<Long> huge = new ArrayList<>();
            while (huge.size() < 5) {
                huge.add(alloc());
            }
            assertThat(huge).doesNotContain(PageFrame.NONE);
            int left = 0;
            for (int key = 1; key < 7000; key += 2) {
                try (Blob blob = cache.getIfPresent(key)) {
                    if (blob != null) {
                        assertThat(MemorySegment.ofArray(blob.toArray()).mismatch(page(key)))
                                .as("blob %d", key)
                                .isEqualTo(-1);
                        left++;
                    }
                }
            }
            assertThat(left).as("blobs that were moved, not reclaimed").isGreaterThan(2000);
            huge.forEach(pfn -> kernel.pages().freePages(pfn, 9));
        }
    }

    private long alloc() {
        return kernel.pages().allocPages(KERNEL | Gfp.__GFP_RETRY_MAYFAIL, 9);
    }

    @Test
    @DisplayName("readers see the right bytes while pages are moved under the cache")
    void readersWhilePagesMove() throws InterruptedException {
        try (BlobCache<Integer> cache = kernel.blobCache("moving", 1 << 30, CompactedKernelTest::page)) {
            ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
            List<Thread> threads = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                Random random = new Random(reader);
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        read(cache, random);
                    } catch (Throwable failure) {
                        failures.add(failure);
                    }
                }));
            }
            for (int run = 0; run < 30; run++) {
                kernel.buddy().compactMemory(0);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
        }
    }

    private static void read(BlobCache<Integer> cache, Random random) {
        for (int question = 0; question < 10_000; question++) {
            int key = random.nextInt(5000);
            if (random.nextInt(5) == 0) {
                cache.invalidate(key);
                continue;
            }
            try (Blob blob = cache.get(key)) {
                assertThat(MemorySegment.ofArray(blob.toArray()).mismatch(page(key)))
                        .as("blob %d", key)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    @DisplayName("slabs over pages that fail now and then: every failure is told, and nothing is lost")
    void faults() throws InterruptedException {
        FaultInjection faults =
                new FaultInjection("fail_page_alloc", new Random(3), kernel.log()).set(FaultAttributes.oneIn(10));
        SlabAllocator slab =
                new SlabAllocator(new FaultyPages(kernel.pages(), faults), kernel.memory(), SlabConfig.ofCpus(2));
        Kmalloc kmalloc = new Kmalloc(slab);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int user = 0; user < 4; user++) {
            Random random = new Random(user);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    use(kmalloc, random);
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(faults.faults()).isPositive();
        assertThat(slab.validate()).isEmpty();
        kmalloc.close();
        slab.close();
    }

    private static void use(Kmalloc kmalloc, Random random) {
        List<Long> held = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            long object = kmalloc.kmalloc(1 + random.nextInt(20_000), KERNEL);
            if (object != 0) {
                held.add(object);
            }
            if (held.size() > 50) {
                kmalloc.kfree(held.remove(random.nextInt(held.size())));
            }
        }
        held.forEach(kmalloc::kfree);
    }
}
