package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Frames 1 to 7 over a Java array full of ones, handed out one after the other: enough for two threads' tables. */
final class FewFrames implements PageAllocator {
    private static final int FRAMES = 8;
    private static final int WORDS_OF_FRAME = PageFrame.PAGE_SIZE / Long.BYTES;

    private final AtomicLong next = new AtomicLong(1);

    /** Memory for all of them. */
    static MemorySegment memory() {
        return memory(FRAMES);
    }

    /** Memory for the root alone. */
    static MemorySegment memoryOfRoot() {
        return memory(2);
    }

    private static MemorySegment memory(int frames) {
        return MemorySegment.ofArray(new long[frames * WORDS_OF_FRAME]).fill((byte) 0xff);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        long pfn = next.getAndIncrement();
        return pfn < FRAMES ? pfn : PageFrame.NONE;
    }

    @Override
    public void freePages(long pfn, int order) {}

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
