package org.mm4j.api;

/**
 * A page allocator whose requests fail now and then, in front of another one. Whoever is given it meets failures at every
 * allocation of pages; whoever is not pays nothing.
 *
 * <p>In Linux 6.18: mm/fail_page_alloc.c, in prepare_alloc_pages(). Differs: a bulk request fails as a whole.
 *
 * @param pages what is behind it
 * @param faults which requests fail
 */
public record FaultyPages(PageAllocator pages, FaultInjection faults) implements PageAllocator {
    private boolean fails(int gfp, int order) {
        return faults.shouldFailAlloc(gfp, order, (long) PageFrame.PAGE_SIZE << order);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return fails(gfp, order) ? PageFrame.NONE : pages.allocPages(gfp, order, nid);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        return fails(gfp, PageFrame.order(bytes)) ? PageFrame.NONE : pages.allocPagesExact(bytes, gfp);
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        if (!fails(gfp, 0)) {
            return pages.allocPagesBulk(gfp, nid, pfns);
        }
        int filled = 0;
        while (filled < pfns.length && pfns[filled] != PageFrame.NONE) {
            filled++;
        }
        return filled;
    }

    @Override
    public void freePages(long pfn, int order) {
        pages.freePages(pfn, order);
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        pages.freePagesExact(pfn, bytes);
    }

    @Override
    public void splitPage(long pfn, int order) {
        pages.splitPage(pfn, order);
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        pages.splitCompound(pfn, newOrder);
    }

    @Override
    public void getPage(long pfn) {
        pages.getPage(pfn);
    }

    @Override
    public void getPage(long pfn, int references) {
        pages.getPage(pfn, references);
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
