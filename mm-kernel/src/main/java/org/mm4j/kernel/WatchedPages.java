package org.mm4j.kernel;

import org.mm4j.api.ForwardingPages;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * Tells somebody what is taken from another allocator, and what is given back. Who is told has no part in it: whatever he
 * throws, be it for want of Java heap, is dropped, and no page gets lost.
 */
final class WatchedPages extends ForwardingPages {
    private final PageWatcher watcher;

    WatchedPages(PageAllocator pages, PageWatcher watcher) {
        super(pages);
        this.watcher = watcher;
    }

    // Told.

    private long took(long pfn, int order, int gfp) {
        try {
            watcher.took(pfn, order, gfp);
        } catch (Throwable _) {
            // nobody knows of it
        }
        return pfn;
    }

    private void split(long pfn, int pagesOfBlock) {
        try {
            watcher.split(pfn, pagesOfBlock);
        } catch (Throwable _) {
            // nobody knows of it
        }
    }

    /** The last reference goes. Racy: of two threads that drop the last two, none may see that it is the last. */
    private void freeing(long pfn, int order) {
        try {
            if (watcher.wantsFrees() && pageCount(pfn) == 1) {
                watcher.freeing(pfn, order);
            }
        } catch (Throwable _) {
            // nobody knows of it
        }
    }

    /** The same, when so many references go, of a block of any order. */
    private void dropping(long pfn, int references) {
        try {
            if (watcher.wantsFrees() && pageCount(pfn) == references) {
                long head = blockHead(pfn);
                watcher.freeing(head, order(head));
            }
        } catch (Throwable _) {
            // nobody knows of it
        }
    }

    private int order(long head) {
        int order = 0;
        while (order < PageFrame.MAX_PAGE_ORDER && reaches(head, order + 1)) {
            order++;
        }
        return order;
    }

    private boolean reaches(long head, int order) {
        return head % PageFrame.pages(order) == 0 && blockHead(head + PageFrame.pages(order) - 1) == head;
    }

    // Done.

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return took(super.allocPages(gfp, order, nid), order, gfp);
    }

    @Override
    public void freePages(long pfn, int order) {
        freeing(pfn, order);
        super.freePages(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        super.splitPage(pfn, order);
        split(pfn, PageFrame.pages(order));
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        long pfn = took(super.allocPagesExact(bytes, gfp), PageFrame.order(Math.max(1, bytes)), gfp);
        if (pfn != PageFrame.NONE) {
            split(pfn, (int) PageFrame.pagesFor(bytes));
        }
        return pfn;
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        long[] before = pfns.clone();
        int filled = super.allocPagesBulk(gfp, nid, pfns);
        for (int i = 0; i < pfns.length; i++) {
            if (pfns[i] != before[i]) {
                took(pfns[i], 0, gfp);
            }
        }
        return filled;
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        long pages = PageFrame.pagesFor(bytes);
        boolean isRefused = bytes <= 0 || pages > PageFrame.MAX_ORDER_NR_PAGES;
        for (long page = 0; page < pages && !isRefused; page++) {
            freeing(pfn + page, 0);
        }
        super.freePagesExact(pfn, bytes);
    }

    @Override
    public void putPage(long pfn) {
        dropping(pfn, 1);
        super.putPage(pfn);
    }

    @Override
    public void putPage(long pfn, int references) {
        dropping(pfn, references);
        super.putPage(pfn, references);
    }
}
