package org.mm4j.stress;

import org.mm4j.api.PageAllocator;

/** A page allocator of which a test asks little: what it does not override is refused. */
public abstract class NoPages implements PageAllocator {
    /** Has no pages. */
    protected NoPages() {}

    @Override
    public void freePages(long pfn, int order) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void splitPage(long pfn, int order) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void getPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryGetPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int pageCount(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long blockHead(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int nodeOf(long pfn) {
        throw new UnsupportedOperationException();
    }
}
