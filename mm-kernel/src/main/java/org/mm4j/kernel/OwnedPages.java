package org.mm4j.kernel;

import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Notes who takes what from another allocator. */
record OwnedPages(PageAllocator pages, PageOwners owners) implements PageAllocator {
    @Override
    public long allocPages(int gfp, int order, int nid) {
        return noted(pages.allocPages(gfp, order, nid));
    }

    private long noted(long pfn) {
        if (pfn != PageFrame.NONE) {
            owners.took(pfn);
        }
        return pfn;
    }

    @Override
    public void freePages(long pfn, int order) {
        pages.freePages(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        pages.splitPage(pfn, order);
        owners.split(pfn, PageFrame.pages(order));
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        pages.splitCompound(pfn, newOrder);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        long pfn = noted(pages.allocPagesExact(bytes, gfp));
        if (pfn != PageFrame.NONE) {
            owners.split(pfn, (int) PageFrame.pagesFor(bytes));
        }
        return pfn;
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        pages.freePagesExact(pfn, bytes);
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        long[] before = pfns.clone();
        int filled = pages.allocPagesBulk(gfp, nid, pfns);
        for (int i = 0; i < pfns.length; i++) {
            if (pfns[i] != before[i]) {
                owners.took(pfns[i]);
            }
        }
        return filled;
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
    public void getPage(long pfn, int references) {
        pages.getPage(pfn, references);
    }

    @Override
    public void putPage(long pfn, int references) {
        pages.putPage(pfn, references);
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
