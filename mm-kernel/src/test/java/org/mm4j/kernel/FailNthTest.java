package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_ZERO;
import static org.mm4j.kernel.FaultPoint.FAILSLAB;
import static org.mm4j.kernel.FaultPoint.FAIL_MAP;
import static org.mm4j.kernel.FaultPoint.FAIL_UNMAP;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.FaultTask;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabEngineKind;

/**
 * Every call that can fail on the way through a scenario fails once: the first, then the second, until none is left. Each
 * failure is seen by the caller or absorbed by a fallback that is named here, the kernel is valid, and nothing is lost.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthTest {
    private static final int CALLS_MAX = 3000;

    /** What somebody does with a kernel, and with what it gets. */
    private enum Scenario {
        /** Slabs fall back to smaller orders. */
        KMALLOC {
            @Override
            void run(User user) {
                List<Long> taken = new ArrayList<>();
                for (int bytes : new int[] {8, 100, 3000, 8192, 9000, 100_000}) {
                    user.note(user.kernel.kmalloc().kmalloc(bytes, GFP_KERNEL), taken::add);
                    user.note(user.kernel.kmalloc().kzalloc(bytes, GFP_NOWAIT), taken::add);
                }
                taken.replaceAll(address -> {
                    long larger = user.kernel.kmalloc().krealloc(address, 20_000, GFP_KERNEL);
                    user.note(larger);
                    return larger == 0 ? address : larger;
                });
                taken.forEach(user.kernel.kmalloc()::kfree);
            }
        },
        CACHES {
            @Override
            void run(User user) {
                KmemCache cache = user.kernel.slab().kmemCacheCreate("things", 600, KmemCacheArgs.NONE);
                user.note(cache == null ? 0 : 1);
                if (cache == null) {
                    return;
                }
                long[] objects = new long[100];
                int count = cache.allocBulk(GFP_KERNEL, objects);
                user.note(count == objects.length ? 1 : 0);
                List<Long> taken = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    user.note(cache.alloc(i % 2 == 0 ? GFP_KERNEL : GFP_NOWAIT), taken::add);
                }
                taken.forEach(cache::free);
                cache.freeBulk(objects, count);
                cache.shrink();
                assertThat(cache.destroy().isDestroyed()).isTrue();
            }
        },
        RCU {
            @Override
            void run(User user) {
                for (int i = 0; i < 30; i++) {
                    user.note(user.kernel.kmalloc().kmalloc(64, GFP_KERNEL), user.kernel.kmalloc()::kfreeRcu);
                }
                user.kernel.kmalloc().kfreeRcuBarrier();
            }
        },
        PAGES {
            @Override
            void run(User user) {
                PageAllocator pages = user.kernel.pages();
                for (int order = 0; order < 4; order++) {
                    int each = order;
                    user.note(pages.allocPages(GFP_KERNEL, order), PageFrame.NONE, pfn -> pages.freePages(pfn, each));
                }
                user.note(
                        pages.allocPagesExact(20_000, GFP_KERNEL),
                        PageFrame.NONE,
                        pfn -> pages.freePagesExact(pfn, 20_000));
                long[] pfns = new long[30];
                int count = pages.allocPagesBulk(GFP_KERNEL, 0, pfns);
                user.note(count == pfns.length ? 1 : 0);
                Arrays.stream(pfns, 0, count).forEach(pfn -> pages.freePages(pfn, 0));
                user.tries(() -> user.kernel.folios().alloc(GFP_KERNEL, 2).put());
                user.tries(
                        () -> user.kernel.segments().free(user.kernel.segments().allocate(9000, GFP_KERNEL)));
            }
        },
        VMALLOC {
            @Override
            void run(User user) {
                user.tries(() -> user.kernel.vmalloc()); // the first call makes it
                long first = user.vmalloc(3 * 4096);
                if (first != 0) {
                    long[] larger = {first};
                    user.tries(() -> {
                        long next = user.kernel.vmalloc().vrealloc(first, 9 * 4096, GFP_KERNEL | __GFP_ZERO);
                        user.note(next);
                        larger[0] = next == 0 ? first : next;
                    });
                    user.vfree(larger[0]);
                }
            }
        },
        /** What the host refuses waits for the next call. */
        VFREE_ATOMIC(FAIL_UNMAP) {
            @Override
            void run(User user) {
                user.tries(() -> {
                    long address = user.vmalloc(5 * 4096);
                    if (address != 0) {
                        user.kernel.vmalloc().vfreeAtomic(address);
                    }
                });
                user.tries(() -> user.kernel.vmalloc().vmUnmapAliases());
            }
        },
        /** Without huge pages when they cannot be mapped. */
        VMALLOC_HUGE(FAIL_MAP) {
            @Override
            void run(User user) {
                user.tries(() -> user.note(user.kernel.vmalloc().vmallocHuge(2 << 20, GFP_KERNEL), user::vfree));
            }
        },
        FRAMES {
            @Override
            void run(User user) {
                long[] pfns = new long[5];
                int count = user.kernel.pages().allocPagesBulk(GFP_KERNEL, 0, pfns);
                user.note(count == pfns.length ? 1 : 0);
                if (count == pfns.length) {
                    user.tries(() -> user.note(user.kernel.vmalloc().vmap(pfns), user::vunmap));
                    user.tries(() ->
                            user.note(user.kernel.vmalloc().vmMapRam(pfns, PageAllocator.NO_NODE), user::unmapRam));
                    user.kernel.vmalloc().vmUnmapAliases();
                }
                Arrays.stream(pfns, 0, count).forEach(pfn -> user.kernel.pages().freePages(pfn, 0));
            }
        },
        /** Of slabs or the page allocator first, and of vmalloc when there is nothing. */
        KVMALLOC(FAILSLAB, FAIL_MAP) {
            @Override
            void run(User user) {
                for (long bytes : new long[] {100, 6000, 50_000}) {
                    user.tries(() -> user.note(user.kernel.kvmalloc().kvmalloc(bytes, GFP_KERNEL), user::kvfree));
                }
            }
        },
        PERCPU {
            @Override
            void run(User user) {
                List<Long> taken = new ArrayList<>();
                for (int bytes : new int[] {8, 4096, 20_000, 32_768}) {
                    user.note(user.kernel.percpu().allocPercpu(bytes, 8, GFP_KERNEL), taken::add);
                    user.note(user.kernel.percpu().allocPercpu(8, 8, GFP_NOWAIT), taken::add);
                }
                taken.forEach(user.kernel.percpu()::freePercpu);
            }
        },
        /** As {@link #KVMALLOC}, of which its chunks are. */
        ARENAS(FAILSLAB, FAIL_MAP) {
            @Override
            void run(User user) {
                user.tries(() -> {
                    try (KernelArena arena = user.kernel.openArena("test")) {
                        for (int bytes = 10; bytes < 5_000_000; bytes *= 11) {
                            int each = bytes;
                            user.tries(() -> arena.allocate(each, 8).fill((byte) 1));
                        }
                    }
                });
            }
        },
        /** A pool has its reserve. */
        POOLS(FAILSLAB) {
            @Override
            void run(User user) {
                user.tries(() -> {
                    Mempool pool = user.kernel.pools().mempoolOfKmalloc("pool", 3, 200);
                    long[] elements = new long[5];
                    for (int i = 0; i < elements.length; i++) {
                        elements[i] = pool.alloc(GFP_NOWAIT);
                        user.note(elements[i]);
                    }
                    Arrays.stream(elements).filter(element -> element != 0).forEach(pool::free);
                    user.tries(() -> user.note(pool.resize(6) ? 1 : 0));
                    pool.destroy();
                });
                user.tries(() -> {
                    DmaPool pool = user.kernel.pools().dmaPool("dma", 64, 64, 0);
                    List<Long> taken = new ArrayList<>();
                    for (int i = 0; i < 70; i++) {
                        user.note(pool.alloc(GFP_KERNEL), taken::add);
                    }
                    taken.forEach(pool::free);
                    pool.destroy();
                });
                PageFragCache fragments = user.kernel.pools().pageFragCache();
                List<Long> taken = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    user.note(fragments.alloc(1000, GFP_KERNEL), taken::add);
                }
                taken.forEach(fragments::free);
                fragments.drain();
                user.tries(() -> {
                    try (KmemBuckets buckets = user.kernel.pools().kmemBuckets("bucket")) {
                        user.note(buckets.alloc(100, GFP_KERNEL), user.kernel.kmalloc()::kfree);
                        user.tries(() -> user.note(buckets.valloc(100_000, GFP_KERNEL), user::kvfree));
                    }
                });
            }
        },
        BLOBS {
            @Override
            void run(User user) {
                try (BlobCache<Integer> cache =
                        user.kernel.blobCache("blobs", 1 << 20, key -> MemorySegment.ofArray(new byte[key]))) {
                    for (int bytes : new int[] {1, 5000, 100_000}) {
                        user.tries(() -> cache.put(bytes, MemorySegment.ofArray(new byte[bytes])));
                    }
                }
            }
        },
        TRIM {
            @Override
            void run(User user) {
                List<Long> taken = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    user.note(user.kernel.kmalloc().kmalloc(500, GFP_KERNEL), taken::add);
                }
                taken.forEach(user.kernel.kmalloc()::kfree);
                user.kernel.trim();
            }
        };

        private final Set<FaultPoint> absorbed = EnumSet.of(FaultPoint.FAIL_TRYLOCK, FaultPoint.FAIL_PAGE_ALLOC);

        Scenario(FaultPoint... absorbed) {
            this.absorbed.addAll(List.of(absorbed));
        }

        abstract void run(User user);

        /** Those of slabs run over all. */
        Set<SlabEngineKind> engines() {
            boolean isOfSlabs = this == KMALLOC || this == CACHES || this == RCU;
            return isOfSlabs ? EnumSet.allOf(SlabEngineKind.class) : EnumSet.of(SlabEngineKind.CPU_SLAB);
        }
    }

    /** Who takes and gives back, and notes what fails. */
    private static final class User {
        final Kernel kernel;
        private final List<FaultPoint> faults = new ArrayList<>();
        private int failures;

        User(Kernel kernel) {
            this.kernel = kernel;
            kernel.faults().onFault(faults::add);
        }

        /** Zero is a failure. */
        void note(long result) {
            failures += result == 0 ? 1 : 0;
        }

        void note(long result, LongConsumer end) {
            note(result, 0, end);
        }

        void note(long result, long none, LongConsumer end) {
            if (result == none) {
                failures++;
            } else {
                end.accept(result);
            }
        }

        /** What is thrown for want of memory is a failure. */
        void tries(Runnable work) {
            try {
                work.run();
            } catch (AllocationFailure | HostMemoryException e) {
                failures++;
            }
        }

        /** The host refuses once at most. */
        private void twice(Runnable free) {
            try {
                free.run();
            } catch (HostMemoryException e) {
                failures++;
                free.run();
            }
        }

        long vmalloc(long bytes) {
            long address = kernel.vmalloc().vmalloc(bytes);
            note(address);
            return address;
        }

        void vfree(long address) {
            twice(() -> kernel.vmalloc().vfree(address));
        }

        void vunmap(long address) {
            twice(() -> kernel.vmalloc().vunmap(address));
        }

        void unmapRam(long address) {
            twice(() -> kernel.vmalloc().vmUnmapRam(address, 5));
        }

        void kvfree(long address) {
            twice(() -> kernel.kvmalloc().kvfree(address));
        }
    }

    @AfterEach
    void noMore() {
        FaultTask.setFailNth(0);
    }

    private static KernelConfig config(SlabEngineKind engine) {
        return KernelConfig.ofBytes(16 << 20)
                .withSlab(SlabOptions.DEFAULT.withEngine(engine))
                .withCpus(CpuOptions.ofHost().withWorkers(false))
                .withFaults(true);
    }

    @ParameterizedTest
    @DisplayName("every call that can fail fails once")
    @EnumSource
    void everyCall(Scenario scenario) {
        for (SlabEngineKind engine : scenario.engines()) {
            int n = 1;
            while (hasFailed(scenario, engine, n)) {
                n++;
                assertThat(n).as("%s: calls that can fail", scenario).isLessThan(CALLS_MAX);
            }
            assertThat(n).as("%s: calls that can fail", scenario).isGreaterThan(1);
        }
    }

    /** Whether there was an n-th call that could fail. */
    private static boolean hasFailed(Scenario scenario, SlabEngineKind engine, int n) {
        Kernel kernel = Kernel.boot(config(engine));
        User user = new User(kernel);
        String name = scenario + " over " + engine + ", call " + n;
        FaultTask.setFailNth(n);
        try {
            scenario.run(user);
        } catch (Throwable e) {
            throw new AssertionError(name + ", fault at " + user.faults, e);
        }
        FaultTask.setFailNth(0);
        String where = name + ", fault at " + user.faults;
        if (user.failures > 0) {
            assertThat(user.faults).as("%s: a failure without a fault", name).hasSize(1);
        } else {
            assertThat(scenario.absorbed).as("%s: seen by nobody", where).containsAll(user.faults);
        }
        assertThat(kernel.validate()).as(where).isEmpty();
        kernel.vmalloc().vmUnmapAliases(); // deferred areas go with the next call whose trylock succeeds
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).as("%s: pages in use", where).isZero();
        kernel.close();
        assertThat(kernel.log().lines())
                .as(where)
                .noneMatch(line -> line.contains("closed with") || line.contains("still live"));
        return !user.faults.isEmpty();
    }

    @ParameterizedTest
    @DisplayName("a boot that fails leaves nothing open")
    @EnumSource
    void boot(SlabEngineKind engine) throws Exception {
        Kernel.boot(config(engine)).close();
        long mappings = mappings();
        boolean isBooted = false;
        for (int n = 1; !isBooted; n++) {
            FaultTask.setFailNth(n);
            try (Kernel kernel = Kernel.boot(config(engine))) {
                isBooted = FaultTask.failNth() > 0;
                FaultTask.setFailNth(0);
                assertThat(kernel.validate()).isEmpty();
            } catch (AllocationFailure e) {
                assertThat(e).hasMessageMatching("[a-z].*");
            }
            assertThat(mappings()).as("mappings of memory after call " + n).isEqualTo(mappings);
        }
    }

    private static long mappings() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(maps)) {
            return lines.filter(line -> line.contains("memfd:")).count();
        }
    }

    @Test
    @DisplayName("a close that the host refuses is tried again")
    void close() {
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            Kernel kernel = Kernel.boot(config(SlabEngineKind.CPU_SLAB));
            for (int area = 0; area < 3; area++) {
                assertThat(kernel.vmalloc().vmalloc(9000)).isNotZero();
            }
            kernel.vmalloc().vfreeAtomic(kernel.vmalloc().vmalloc(5000));
            FaultTask.setFailNth(n);
            try {
                kernel.close();
            } catch (HostMemoryException e) {
                kernel.close();
            }
            isOver = FaultTask.failNth() > 0;
            FaultTask.setFailNth(0);
        }
    }
}
