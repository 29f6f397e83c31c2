package org.mm4j.kernel.failnth;

import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;
import static org.mm4j.kernel.FaultPoint.FAILSLAB;
import static org.mm4j.kernel.FaultPoint.FAIL_MAP;
import static org.mm4j.kernel.FaultPoint.FAIL_UNMAP;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.arena.KernelArena;

/** Areas of vmalloc, and who takes them when there are no blocks. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthVmallocTest {
    @Test
    void vmalloc() {
        FailNth.absorbing().everyCall(user -> {
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
        });
    }

    @Test
    @DisplayName("what the host refuses waits for the next call")
    void vfreeAtomic() {
        FailNth.absorbing(FAIL_UNMAP).everyCall(user -> {
            user.tries(() -> {
                long address = user.vmalloc(5 * 4096);
                if (address != 0) {
                    user.kernel.vmalloc().vfreeAtomic(address);
                }
            });
            user.tries(() -> user.kernel.vmalloc().vmUnmapAliases());
        });
    }

    @Test
    @DisplayName("without huge pages when they cannot be mapped")
    void vmallocHuge() {
        FailNth.absorbing(FAIL_MAP).everyCall(user -> {
            user.tries(() -> user.note(user.kernel.vmalloc().vmallocHuge(2 << 20, GFP_KERNEL), user::vfree));
        });
    }

    @Test
    void frames() {
        FailNth.absorbing().everyCall(user -> {
            long[] pfns = new long[5];
            int count = user.kernel.pages().allocPagesBulk(GFP_KERNEL, 0, pfns);
            user.note(count == pfns.length ? 1 : 0);
            if (count == pfns.length) {
                user.tries(() -> user.note(user.kernel.vmalloc().vmap(pfns), user::vunmap));
                user.tries(
                        () -> user.note(user.kernel.vmalloc().vmMapRam(pfns, PageAllocator.NO_NODE), user::unmapRam));
                user.kernel.vmalloc().vmUnmapAliases();
            }
            Arrays.stream(pfns, 0, count).forEach(pfn -> user.kernel.pages().freePages(pfn, 0));
        });
    }

    @Test
    @DisplayName("of slabs or the page allocator first, and of vmalloc when there is nothing")
    void kvmalloc() {
        FailNth.absorbing(FAILSLAB, FAIL_MAP).everyCall(user -> {
            for (long bytes : new long[] {100, 6000, 50_000}) {
                user.tries(() -> user.note(user.kernel.kvmalloc().kvmalloc(bytes, GFP_KERNEL), user::kvfree));
            }
        });
    }

    @Test
    @DisplayName("as kvmalloc, of which its chunks are")
    void arenas() {
        FailNth.absorbing(FAILSLAB, FAIL_MAP).everyCall(user -> {
            user.tries(() -> {
                try (KernelArena arena = user.kernel.openArena("test")) {
                    for (int bytes = 10; bytes < 5_000_000; bytes *= 11) {
                        int each = bytes;
                        user.tries(() -> arena.allocate(each, 8).fill((byte) 1));
                    }
                }
            });
        });
    }
}
