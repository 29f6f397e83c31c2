package org.mm4j.lab.replay;

import org.mm4j.api.PageFrame;

/**
 * The blocks that are live at some point of a trace, by their first frame: a hash table of two arrays of numbers, because
 * there may be millions. Frame 0 is no block's, and stands for an empty place.
 */
final class LiveBlocks {
    private static final int SLOTS_MIN = 1 << 10;
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private long[] pfns = new long[SLOTS_MIN];
    private long[] blocks = new long[SLOTS_MIN];
    private int size;

    int size() {
        return size;
    }

    /** Bytes of memory that the table takes. */
    long bytes() {
        return 16L * pfns.length;
    }

    /** The block that begins at a frame, or {@link LiveBlock#NONE}. */
    long get(long pfn) {
        return blocks[slot(pfn)];
    }

    /** The first frame of the block that holds {@code pfn}, or {@link PageFrame#NONE}. */
    long headOf(long pfn) {
        for (int order = 0; order <= PageFrame.MAX_PAGE_ORDER; order++) {
            long head = pfn & -PageFrame.pages(order);
            long block = head == PageFrame.NONE ? LiveBlock.NONE : get(head);
            if (block != LiveBlock.NONE && head + PageFrame.pages(LiveBlock.order(block)) > pfn) {
                return head;
            }
        }
        return PageFrame.NONE;
    }

    /** Adds a block at a frame where there is none. */
    void add(long pfn, long block) {
        if (2 * size >= pfns.length) {
            grow();
        }
        int slot = slot(pfn);
        assert pfns[slot] == PageFrame.NONE : "two blocks at one frame";
        pfns[slot] = pfn;
        blocks[slot] = block;
        size++;
    }

    /** Takes the block at a frame out, and moves those behind it into the gap where their search would end. */
    void remove(long pfn) {
        int gap = slot(pfn);
        assert pfns[gap] == pfn : "no block at this frame";
        int mask = pfns.length - 1;
        for (int slot = (gap + 1) & mask; pfns[slot] != PageFrame.NONE; slot = (slot + 1) & mask) {
            int distance = (slot - home(pfns[slot])) & mask;
            if (distance >= ((slot - gap) & mask)) {
                pfns[gap] = pfns[slot];
                blocks[gap] = blocks[slot];
                gap = slot;
            }
        }
        pfns[gap] = PageFrame.NONE;
        blocks[gap] = LiveBlock.NONE;
        size--;
    }

    /** All blocks, in no order. */
    long[] toArray() {
        long[] all = new long[size];
        int count = 0;
        for (long block : blocks) {
            if (block != LiveBlock.NONE) {
                all[count++] = block;
            }
        }
        return all;
    }

    /** Where a frame's block is, or would be. */
    private int slot(long pfn) {
        int mask = pfns.length - 1;
        int slot = home(pfn);
        while (pfns[slot] != pfn && pfns[slot] != PageFrame.NONE) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private int home(long pfn) {
        return (int) ((pfn * SPREAD) >>> (Long.numberOfLeadingZeros(pfns.length) + 1));
    }

    private void grow() {
        long[] oldPfns = pfns;
        long[] oldBlocks = blocks;
        pfns = new long[2 * oldPfns.length];
        blocks = new long[2 * oldPfns.length];
        size = 0;
        for (int slot = 0; slot < oldPfns.length; slot++) {
            if (oldPfns[slot] != PageFrame.NONE) {
                add(oldPfns[slot], oldBlocks[slot]);
            }
        }
    }
}
