package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.contract.ObjectCacheContract;
import org.mm4j.contract.PageAllocatorContract;
import org.mm4j.kernel.arena.KernelArena;

/** Allocators of somebody else's keep the contract, and a kernel runs on them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnAllocatorsTest {
    @Nested
    class Pages extends PageAllocatorContract {
        @Override
        protected PageAllocator allocator() {
            return new FirstFitPages(1024, FRAMES);
        }
    }

    @Nested
    class Objects extends ObjectCacheContract {
        @Override
        protected ObjectCache cache(int objectSize) {
            return new PageForEach("own", objectSize, new FirstFitPages(1024, 2048), 0);
        }
    }

    /** A cache that takes a page for each object. */
    private record PageForEach(String name, int objectSize, PageAllocator pages, long start, Map<Long, Long> pfns)
            implements ObjectCache {
        PageForEach(String name, int objectSize, PageAllocator pages, long start) {
            this(name, objectSize, pages, start, new HashMap<>());
        }

        static ObjectCache over(String name, int objectSize, PageAllocator pages, PhysicalMemory memory) {
            return new PageForEach(name, objectSize, pages, memory.directMapAddress());
        }

        @Override
        public synchronized long alloc(int gfp) {
            long pfn = pages.allocPages(gfp, 0);
            if (pfn != 0) {
                pfns.put(start + pfn * 4096, pfn);
            }
            return pfn == 0 ? 0 : start + pfn * 4096;
        }

        @Override
        public synchronized void free(long address) {
            Long pfn = pfns.remove(address);
            if (pfn == null) {
                throw new BadObjectException(address, "address " + address + " is refused: it is no object of " + name);
            }
            pages.freePages(pfn, 0);
        }

        @Override
        public synchronized int allocBulk(int gfp, long[] objects) {
            for (int i = 0; i < objects.length; i++) {
                objects[i] = alloc(gfp);
                if (objects[i] == 0) {
                    freeBulk(objects, i);
                    Arrays.fill(objects, 0);
                    return 0;
                }
            }
            return objects.length;
        }

        @Override
        public synchronized void freeBulk(long[] objects, int count) {
            long known = Arrays.stream(objects, 0, count)
                    .distinct()
                    .filter(pfns::containsKey)
                    .count();
            if (known < count) {
                throw new BadObjectException(0, "of " + count + " objects " + known + " are different ones of " + name);
            }
            for (int i = 0; i < count; i++) {
                free(objects[i]);
            }
        }
    }

    @Test
    void aKernelRunsOnSomebodysPages() {
        KernelConfig config = KernelConfig.ofBytes(32 << 20)
                .withPageAllocator(FirstFitPages::within)
                .withOwners(OwnerTracking.OFF);
        try (Kernel kernel = Kernel.boot(config)) {
            assertThat(kernel.pages()).isInstanceOf(FirstFitPages.class);
            long object = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
            long area = kernel.vmalloc().vmalloc(30_000);
            try (KernelArena arena = kernel.openArena()) {
                assertThat(arena.allocate(5000).byteSize()).isEqualTo(5000);
            }
            assertThat(kernel.pages().pageCount(kernel.directMap().pfn(object))).isEqualTo(1);
            kernel.vmalloc().vfree(area);
            kernel.kmalloc().kfree(object);
            assertThat(kernel.validate()).isEmpty();
        }
    }

    @Test
    void aKernelHasSomebodysCaches() {
        KernelConfig config = KernelConfig.ofBytes(32 << 20);
        try (Kernel kernel = Kernel.boot(config.withObjectCaches(PageForEach::over))) {
            ObjectCache cache = kernel.objectCache("own", 100);
            long object = cache.alloc(Gfp.GFP_KERNEL);
            assertThat(kernel.pagesInUse()).isEqualTo(1);
            cache.free(object);
            assertThat(kernel.slab().find("own")).isEmpty();
        }
        try (Kernel kernel = Kernel.boot(config)) {
            assertThat(kernel.objectCache("own", 100))
                    .isSameAs(kernel.slab().find("own").orElseThrow());
        }
    }
}
