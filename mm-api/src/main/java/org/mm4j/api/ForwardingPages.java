package org.mm4j.api;

/**
 * A page allocator that leaves every call to another one. Whoever adds something to some calls extends it, and overrides
 * those.
 *
 * <p>Immutable, and as safe for threads as what is behind it. A call costs one more call. In Linux: nothing; what is added
 * there stands between {@code #ifdef}s.
 */
public abstract class ForwardingPages implements PageAllocator {
    private final PageAllocator pages;

    /** In front of another allocator. */
    protected ForwardingPages(PageAllocator pages) {
        this.pages = pages;
    }

    /** What is behind it. */
    public final PageAllocator pages() {
        return pages;
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return pages.allocPages(gfp, order, nid);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        return pages.allocPagesExact(bytes, gfp);
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        return pages.allocPagesBulk(gfp, nid, pfns);
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
