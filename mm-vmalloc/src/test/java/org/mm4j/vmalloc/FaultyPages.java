package org.mm4j.vmalloc;

import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** A page allocator that has nothing when it is told so. */
final class FaultyPages implements PageAllocator {
    private final PageAllocator pages;

    /** How many requests go well before one fails; negative: all of them. */
    int failAfter = -1;

    /** Whether all that follow fail too. */
    boolean failsOn;

    /** From this order on there is nothing. */
    int failOrder = Integer.MAX_VALUE;

    int requests;

    /** All flags that were ever asked with. */
    int requestFlags;

    FaultyPages(PageAllocator pages) {
        this.pages = pages;
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
        return fails() ? PageFrame.NONE : pages.allocPagesExact(bytes, gfp);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        requestFlags |= gfp;
        return order > 0 && order >= failOrder || fails() ? PageFrame.NONE : pages.allocPages(gfp, order, nid);
    }

    @Override
    public void freePages(long pfn, int order) {
        pages.freePages(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        pages.splitPage(pfn, order);
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        pages.splitCompound(pfn, newOrder);
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        pages.freePagesExact(pfn, bytes);
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        requestFlags |= gfp;
        if (failAfter >= 0) {
            return fails() ? 0 : pages.allocPagesBulk(gfp, nid, pfns);
        }
        return pages.allocPagesBulk(gfp, nid, pfns);
    }

    @Override
    public void getPage(long pfn) {
        pages.getPage(pfn);
    }

    @Override
    public boolean tryGetPage(long pfn) {
        return pages.tryGetPage(pfn);
    }

    @Override
    public void putPage(long pfn) {
        pages.putPage(pfn);
    }

    @Override
    public int pageCount(long pfn) {
        return pages.pageCount(pfn);
    }

    @Override
    public long blockHead(long pfn) {
        return pages.blockHead(pfn);
    }

    @Override
    public int nodeOf(long pfn) {
        return pages.nodeOf(pfn);
    }
}
