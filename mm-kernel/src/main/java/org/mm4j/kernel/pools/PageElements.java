package org.mm4j.kernel.pools;

import org.mm4j.api.BadPageException;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Blocks of pages of one order. In Linux 6.18: mm/mempool.c, mempool_alloc_pages(), mempool_free_pages(). */
record PageElements(PageAllocator pages, int order) implements ElementSource {
    PageElements {
        if (order < 0 || order > PageFrame.MAX_PAGE_ORDER) {
            throw new IllegalArgumentException("orders are 0 to " + PageFrame.MAX_PAGE_ORDER + ", not " + order);
        }
    }

    @Override
    public long alloc(int gfp) {
        return pages.allocPages(gfp, order);
    }

    @Override
    public void free(long pfn) {
        pages.freePages(pfn, order);
    }

    @Override
    public void checkInUse(long pfn) {
        if (pages.pageCount(pfn) == 0 || pages.blockHead(pfn) != pfn || pages.blockHead(last(pfn)) != pfn) {
            throw new BadPageException(
                    pfn, "pfn " + pfn + " is refused: no block in use of order " + order + " begins there");
        }
    }

    private long last(long pfn) {
        return pfn + PageFrame.pages(order) - 1;
    }
}
