package org.mm4j.kernel;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * Pages by virtual address, as C code takes them. Address 0 means "none": allocations return it when they fail, and
 * giving it back does nothing.
 *
 * <p>Any thread may call it; nothing is allocated on the Java heap. Bad addresses are refused with {@link
 * IllegalArgumentException}, bad pages with {@link org.mm4j.api.BadPageException}, and nothing has changed then.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, get_free_pages(), get_zeroed_page(), free_pages(), alloc_pages_exact().
 */
public final class PageAddresses {
    /** What calls return when they fail. */
    public static final long NONE = 0;

    private final PageAllocator pages;
    private final DirectMap map;

    PageAddresses(PageAllocator pages, DirectMap map) {
        this.pages = pages;
        this.map = map;
    }

    /** The address of 2<sup>{@code order}</sup> pages, or {@link #NONE}. {@code __GFP_HIGHMEM} is ignored. */
    public long getFreePages(int gfp, int order) {
        return address(pages.allocPages(gfp & ~Gfp.__GFP_HIGHMEM, order));
    }

    /** The address of one page, or {@link #NONE}. */
    public long getFreePage(int gfp) {
        return getFreePages(gfp, 0);
    }

    /** The address of one page of zeroes, or {@link #NONE}. */
    public long getZeroedPage(int gfp) {
        return getFreePages(gfp | Gfp.__GFP_ZERO, 0);
    }

    /** The address of one or more pages that a 24-bit DMA engine reaches, or {@link #NONE}. In Linux: __get_dma_pages(). */
    public long getDmaPages(int gfp, int order) {
        return getFreePages(gfp | Gfp.__GFP_DMA, order);
    }

    /** Gives back pages of {@link #getFreePages}. */
    public void freePages(long address, int order) {
        if (address != NONE) {
            pages.freePages(map.pfnAtStart(address), order);
        }
    }

    /** Gives back one page. */
    public void freePage(long address) {
        freePages(address, 0);
    }

    /** The address of just enough pages for {@code bytes}, or {@link #NONE}: see {@link PageAllocator#allocPagesExact}. */
    public long allocPagesExact(long bytes, int gfp) {
        return address(pages.allocPagesExact(bytes, gfp));
    }

    /** Gives back pages of {@link #allocPagesExact}, with the same size. */
    public void freePagesExact(long address, long bytes) {
        if (address != NONE) {
            pages.freePagesExact(map.pfnAtStart(address), bytes);
        }
    }

    private long address(long pfn) {
        return pfn == PageFrame.NONE ? NONE : map.address(pfn);
    }
}
