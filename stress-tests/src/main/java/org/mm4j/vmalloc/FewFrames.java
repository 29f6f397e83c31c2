package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.api.PageFrame;
import org.mm4j.stress.NoPages;

/** Frames 1 to 7 over a Java array full of ones, handed out one after the other: enough for two threads' tables. */
final class FewFrames extends NoPages {
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
}
