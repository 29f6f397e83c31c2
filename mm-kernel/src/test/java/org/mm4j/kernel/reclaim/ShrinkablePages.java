package org.mm4j.kernel.reclaim;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Pages that nobody needs: a shrinker gives them back, oldest first. */
final class ShrinkablePages implements ShrinkableObjects {
    private final PageAllocator pages;
    private final int order;
    private final Deque<Long> kept = new ConcurrentLinkedDeque<>();
    final AtomicInteger size = new AtomicInteger();

    ShrinkablePages(PageAllocator pages) {
        this(pages, 0);
    }

    ShrinkablePages(PageAllocator pages, int order) {
        this.pages = pages;
        this.order = order;
    }

    /** Whether there was a page to keep. */
    boolean keepOne(int gfp) {
        long pfn = pages.allocPages(gfp, order);
        if (pfn == PageFrame.NONE) {
            return false;
        }
        keep(pfn);
        return true;
    }

    void keep(long pfn) {
        kept.addLast(pfn);
        size.incrementAndGet();
    }

    /** Keeps pages until there are no more. */
    void keepAll(int gfp) {
        while (keepOne(gfp)) {
            assert size.get() > 0;
        }
    }

    void freeAll() {
        while (freeOne()) {
            assert size.get() >= 0;
        }
    }

    private boolean freeOne() {
        Long pfn = kept.pollFirst();
        if (pfn == null) {
            return false;
        }
        size.decrementAndGet();
        pages.freePages(pfn, order);
        return true;
    }

    @Override
    public long countObjects(ShrinkControl control) {
        return (long) size.get() << order;
    }

    @Override
    public long scanObjects(ShrinkControl control) {
        long freed = 0;
        while (freed < control.nrToScan() && freeOne()) {
            freed += PageFrame.pages(order);
        }
        return freed == 0 ? SHRINK_STOP : freed;
    }
}
