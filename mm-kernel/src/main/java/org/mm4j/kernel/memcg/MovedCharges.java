package org.mm4j.kernel.memcg;

import org.mm4j.api.PageAllocator;
import org.mm4j.buddy.FrameBooks;

/**
 * The charges of pages follow the pages when they are moved, without their owners' knowledge.
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, mem_cgroup_migrate().
 *
 * @param charges who pays for which page
 * @param pages an allocator that uncharges the last reference, in front of the one that moves
 */
record MovedCharges(PageCharges charges, PageAllocator pages) implements FrameBooks {
    @Override
    public void moving(long fromPfn, long toPfn, int order) {
        charges.copy(fromPfn, toPfn, order);
    }

    @Override
    public void left(long pfn, int order) {
        charges.forget(pfn, order);
    }

    @Override
    public boolean putPage(long pfn) {
        boolean isCharged = charges.payer(pfn) != null;
        if (isCharged) {
            pages.putPage(pfn);
        }
        return isCharged;
    }
}
