package org.mm4j.kernel.pools;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.stress.NoPages;

/** One page frame, with no more memory order than a page allocator promises: dropping a reference releases. */
final class OnePage extends NoPages implements PhysicalMemory {
    static final long PFN = 1;

    private final AtomicInteger references = new AtomicInteger();

    @Override
    public long allocPages(int gfp, int order, int nid) {
        return order == 0 && references.compareAndSet(0, 1) ? PFN : PageFrame.NONE;
    }

    @Override
    public void getPage(long pfn) {
        getPage(pfn, 1);
    }

    @Override
    public void getPage(long pfn, int count) {
        int before;
        do {
            before = references.getPlain();
        } while (!references.weakCompareAndSetPlain(before, before + count));
    }

    @Override
    public void putPage(long pfn) {
        putPage(pfn, 1);
    }

    @Override
    public void putPage(long pfn, int count) {
        int before;
        do {
            before = references.getPlain();
        } while (!references.weakCompareAndSetRelease(before, before - count)); // [references.R1]
    }

    @Override
    public int pageCount(long pfn) {
        return references.getOpaque();
    }

    @Override
    public long bytes() {
        return 2L * PageFrame.PAGE_SIZE;
    }

    @Override
    public long directMapAddress() {
        return PageFrame.PAGE_SIZE;
    }

    @Override
    public long blockHead(long pfn) {
        return pfn;
    }

    @Override
    public int nodeOf(long pfn) {
        return 0;
    }

    @Override
    public MemorySegment directMap() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String kind() {
        return "none";
    }

    @Override
    public void zero(long offset, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean punchHole(long offset, long bytes) {
        return false;
    }

    @Override
    public boolean adviseHugePages(long offset, long bytes) {
        return false;
    }

    @Override
    public long bytesCommitted() {
        return 0;
    }

    @Override
    public void close() {}
}
