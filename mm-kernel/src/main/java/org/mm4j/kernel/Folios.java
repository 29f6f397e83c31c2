package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * Compound pages as handles that know their order.
 *
 * <p>Any thread may call it. In Linux 6.18: folio_alloc(), page_folio(), include/linux/gfp.h, include/linux/page-flags.h.
 */
public final class Folios {
    private final PageAllocator pages;
    private final DirectMap map;

    Folios(PageAllocator pages, DirectMap map) {
        this.pages = pages;
        this.map = map;
    }

    /**
     * Takes a block; {@link Gfp#__GFP_COMP} is added. It has one reference.
     *
     * @throws AllocationFailure when there is none
     */
    public Folio alloc(int gfp, int order) {
        long pfn = pages.allocPages(gfp | Gfp.__GFP_COMP, order);
        if (pfn == PageFrame.NONE) {
            throw new AllocationFailure("there is no folio of order " + order + " for " + Gfp.format(gfp));
        }
        return new Folio(this, pfn, order);
    }

    /**
     * The folio that a page belongs to. Racy, unless the caller has a reference. In Linux: page_folio().
     *
     * @throws BadPageException when the page is free
     */
    public Folio of(long pfn) {
        if (pages.pageCount(pfn) == 0) {
            throw new BadPageException(pfn, "pfn " + pfn + " is refused: it is in no folio, for it is free");
        }
        long head = pages.blockHead(pfn);
        int order = PageFrame.MAX_PAGE_ORDER;
        while (order > 0 && !reaches(head, order)) {
            order--;
        }
        return new Folio(this, head, order);
    }

    private boolean reaches(long head, int order) {
        long last = head + PageFrame.pages(order) - 1;
        return head % PageFrame.pages(order) == 0
                && map.contains(map.address(head) + ((last - head) << PageFrame.PAGE_SHIFT))
                && pages.blockHead(last) == head;
    }

    MemorySegment segment(Folio folio) {
        return map.segment(folio.pfn(), folio.size());
    }

    int refCount(Folio folio) {
        return pages.pageCount(folio.pfn());
    }

    void get(Folio folio) {
        pages.getPage(folio.pfn());
    }

    void put(Folio folio) {
        pages.putPage(folio.pfn());
    }
}
