package org.mm4j.kernel.failnth;

import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.kernel.FaultPoint.FAIL_CONTIG_ALLOC;
import static org.mm4j.kernel.FaultPoint.FAIL_PUNCH;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Pages, percpu memory, and what is given back to the host. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthPagesTest {
    @Test
    void pages() {
        FailNth.absorbing().everyCall(user -> {
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
            user.tries(() -> user.kernel.segments().free(user.kernel.segments().allocate(9000, GFP_KERNEL)));
        });
    }

    @Test
    void percpu() {
        FailNth.absorbing(FAIL_PUNCH).everyCall(user -> {
            List<Long> taken = new ArrayList<>();
            for (int bytes : new int[] {8, 4096, 20_000, 32_768}) {
                user.note(user.kernel.percpu().allocPercpu(bytes, 8, GFP_KERNEL), taken::add);
                user.note(user.kernel.percpu().allocPercpu(8, 8, GFP_NOWAIT), taken::add);
            }
            taken.forEach(user.kernel.percpu()::freePercpu);
        });
    }

    @Test
    void trim() {
        FailNth.absorbing(FAIL_CONTIG_ALLOC).everyCall(user -> {
            List<Long> taken = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                user.note(user.kernel.kmalloc().kmalloc(500, GFP_KERNEL), taken::add);
            }
            taken.forEach(user.kernel.kmalloc()::kfree);
            user.tries(user.kernel::trim);
        });
    }
}
