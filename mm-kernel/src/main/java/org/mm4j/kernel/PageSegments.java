package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * Pages as bounded segments, as Java code takes them. A segment cannot be left, and failures are thrown.
 *
 * <p>A segment is valid until the kernel closes, not until its pages are given back: whoever gives pages back stops
 * using their segments.
 *
 * <p>Any thread may call it. In Linux 6.18: mm/page_alloc.c, alloc_pages_exact().
 */
public final class PageSegments {
    private final PageAllocator pages;
    private final DirectMap map;

    PageSegments(PageAllocator pages, DirectMap map) {
        this.pages = pages;
        this.map = map;
    }

    /**
     * Just enough contiguous pages for {@code bytes}; the segment has exactly that size and begins at a page.
     *
     * @param bytes 1 to 4 MiB
     * @param gfp flags of {@link Gfp}; add {@link Gfp#__GFP_ZERO} for zeroes
     * @throws AllocationFailure when there is no such memory
     */
    public MemorySegment allocate(long bytes, int gfp) {
        long pfn = pages.allocPagesExact(bytes, gfp);
        if (pfn == PageFrame.NONE) {
            throw new AllocationFailure(
                    "there are no " + bytes + " contiguous bytes for " + Gfp.format(gfp) + why(bytes));
        }
        return map.segment(pfn, bytes);
    }

    private static String why(long bytes) {
        boolean isTooLarge = PageFrame.order(bytes) > PageFrame.MAX_PAGE_ORDER;
        return isTooLarge ? ": the page allocator has blocks of 4 MiB at most" : "";
    }

    /**
     * Gives back the pages of {@link #allocate}.
     *
     * @param segment the whole segment, not a part
     * @throws IllegalArgumentException when it begins outside of the direct map or within a page
     * @throws org.mm4j.api.BadPageException when its pages are free already, or were taken with another size
     */
    public void free(MemorySegment segment) {
        pages.freePagesExact(map.pfnAtStart(segment.address()), segment.byteSize());
    }
}
