package org.mm4j.kernel.memcg;

import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.mm4j.api.PageAllocator;

/** A kernel with a group that may have a hundred pages, and the pages that a test took. */
abstract class LimitedGroup {
    static final int PAGES_OF_LIMIT = 100;
    static final long LIMIT = (long) PAGES_OF_LIMIT * PAGE;

    final CgroupKernel machine = new CgroupKernel();
    final PageAllocator pages = machine.kernel.pages();
    final MemoryCgroup group = machine.group("a", LIMIT);
    final Deque<Long> held = new ArrayDeque<>();

    @AfterEach
    void close() {
        held.forEach(pfn -> pages.freePages(pfn, 0));
        machine.close();
    }

    final boolean takeOne(MemoryCgroup in, int gfp) {
        long pfn = in.call(() -> pages.allocPages(gfp, 0));
        if (pfn != 0) {
            held.add(pfn);
        }
        return pfn != 0;
    }

    /** How many pages there were until one was refused. */
    final int takeAll(MemoryCgroup in, int gfp) {
        int count = 0;
        while (takeOne(in, gfp)) {
            count++;
        }
        return count;
    }
}
