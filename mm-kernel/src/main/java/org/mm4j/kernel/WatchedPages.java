package org.mm4j.kernel;

import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Tells somebody what is taken from another allocator, and what is given back. */
record WatchedPages(PageAllocator pages, PageWatcher watcher) implements PageAllocator {
    @Override
    public long allocPages(int gfp, int order, int nid) {
        return told(pages.allocPages(gfp, order, nid), order, gfp);
    }

    private long told(long pfn, int order, int gfp) {
        watcher.took(pfn, order, gfp);
        return pfn;
    }

    @Override
    public void freePages(long pfn, int order) {
        watcher.freeing(pfn, order);
        pages.freePages(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        pages.splitPage(pfn, order);
        watcher.split(pfn, PageFrame.pages(order));
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        pages.splitCompound(pfn, newOrder);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        long pfn = told(pages.allocPagesExact(bytes, gfp), PageFrame.order(Math.max(1, bytes)), gfp);
        if (pfn != PageFrame.NONE) {
            watcher.split(pfn, (int) PageFrame.pagesFor(bytes));
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
                watcher.took(pfns[i], 0, gfp);
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
