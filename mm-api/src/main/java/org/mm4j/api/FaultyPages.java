package org.mm4j.api;

/**
 * A page allocator whose requests fail now and then, in front of another one. Whoever is given it meets failures at every
 * allocation of pages; whoever is not pays nothing.
 *
 * <p>In Linux 6.18: mm/fail_page_alloc.c, in prepare_alloc_pages(). Differs: a bulk request fails as a whole.
 *
 * <p>Any thread may call it, if that holds for what is behind it.
 */
public final class FaultyPages extends ForwardingPages {
    private final FaultInjection faults;

    /**
     * In front of another allocator.
     *
     * @param pages what is behind it
     * @param faults which requests fail
     */
    public FaultyPages(PageAllocator pages, FaultInjection faults) {
        super(pages);
        this.faults = faults;
    }

    /** Which requests fail. */
    public FaultInjection faults() {
        return faults;
    }

    private boolean fails(int gfp, int order) {
        return faults.shouldFailAlloc(gfp, order, (long) PageFrame.PAGE_SIZE << order);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return fails(gfp, order) ? PageFrame.NONE : super.allocPages(gfp, order, nid);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        return fails(gfp, PageFrame.order(bytes)) ? PageFrame.NONE : super.allocPagesExact(bytes, gfp);
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        if (!fails(gfp, 0)) {
            return super.allocPagesBulk(gfp, nid, pfns);
        }
        int filled = 0;
        while (filled < pfns.length && pfns[filled] != PageFrame.NONE) {
            filled++;
        }
        return filled;
    }
}
