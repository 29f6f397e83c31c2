package org.mm4j.percpu;

import org.mm4j.api.ForwardingPages;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** A page allocator that has nothing when it is told so. */
final class FaultyPages extends ForwardingPages {
    /** How many requests go well before one fails; negative: all of them. */
    int failAfter = -1;

    /** Whether all that follow fail too. */
    boolean failsOn;

    int requests;

    FaultyPages(PageAllocator pages) {
        super(pages);
    }

    private boolean fails() {
        requests++;
        if (failAfter < 0) {
            return false;
        }
        if (failAfter == 0) {
            failAfter = failsOn ? 0 : -1;
            return true;
        }
        failAfter--;
        return false;
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        return fails() ? PageFrame.NONE : super.allocPagesExact(bytes, gfp);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return fails() ? PageFrame.NONE : super.allocPages(gfp, order, nid);
    }
}
