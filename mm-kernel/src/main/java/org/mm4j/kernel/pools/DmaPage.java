package org.mm4j.kernel.pools;

import org.mm4j.api.PageFrame;

/** The pages that a {@link DmaPool} took at once, and which of their blocks are in use. In Linux: struct dma_page. */
final class DmaPage {
    final long pfn;

    /** The number of the first block among all of the pool. */
    final int firstBlock;

    private final long[] busy;
    private int blocksBusy;

    DmaPage(long pfn, int firstBlock, int blocks) {
        this.pfn = pfn;
        this.firstBlock = firstBlock;
        busy = new long[(blocks + Long.SIZE - 1) / Long.SIZE];
    }

    /** Where they begin, a physical address. */
    long address() {
        return pfn << PageFrame.PAGE_SHIFT;
    }

    /** The page that a physical address lies in. */
    static long pfn(long address) {
        return address >> PageFrame.PAGE_SHIFT;
    }

    boolean isBusy(int block) {
        return (busy[block >>> 6] >>> block & 1) != 0;
    }

    void setBusy(int block) {
        busy[block >>> 6] |= 1L << block;
        blocksBusy++;
    }

    void setFree(int block) {
        busy[block >>> 6] &= ~(1L << block);
        blocksBusy--;
    }

    int blocksBusy() {
        return blocksBusy;
    }
}
