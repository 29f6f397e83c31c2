package org.mm4j.kernel;

import org.mm4j.api.ForwardingPages;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Tells somebody what is taken from another allocator, and what is given back. */
final class WatchedPages extends ForwardingPages {
    private final PageWatcher watcher;

    WatchedPages(PageAllocator pages, PageWatcher watcher) {
        super(pages);
        this.watcher = watcher;
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return told(super.allocPages(gfp, order, nid), order, gfp);
    }

    private long told(long pfn, int order, int gfp) {
        watcher.took(pfn, order, gfp);
        return pfn;
    }

    @Override
    public void freePages(long pfn, int order) {
        watcher.freeing(pfn, order);
        super.freePages(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        super.splitPage(pfn, order);
        watcher.split(pfn, PageFrame.pages(order));
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        long pfn = told(super.allocPagesExact(bytes, gfp), PageFrame.order(Math.max(1, bytes)), gfp);
        if (pfn != PageFrame.NONE) {
            watcher.split(pfn, (int) PageFrame.pagesFor(bytes));
        }
        return pfn;
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        long[] before = pfns.clone();
        int filled = super.allocPagesBulk(gfp, nid, pfns);
        for (int i = 0; i < pfns.length; i++) {
            if (pfns[i] != before[i]) {
                watcher.took(pfns[i], 0, gfp);
            }
        }
        return filled;
    }
}
