package org.mm4j.kernel.pools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a {@link DmaPool}, and which of their blocks are free: the one that was freed last is taken next. Blocks are
 * named by their physical addresses. Not thread-safe.
 */
final class DmaBlocks {
    /** No block is free. */
    static final long NONE = -1;

    private final DmaLayout layout;
    private final int blocksOfPage;

    /** Sorted by pfn, to find the one of an address. */
    private DmaPage[] byPfn = {};

    /** In the order in which they came: block n is block n % blocksOfPage of page n / blocksOfPage. */
    private DmaPage[] byNumber = {};

    /** Numbers of the free blocks, the one that was freed last on top. */
    private int[] free = {};

    private int blocksFree;

    DmaBlocks(DmaLayout layout) {
        this.layout = layout;
        blocksOfPage = layout.blocks();
    }

    /** Takes a free block, or returns {@link #NONE}. */
    long take() {
        if (blocksFree == 0) {
            return NONE;
        }
        int number = free[--blocksFree];
        DmaPage page = byNumber[number / blocksOfPage];
        int block = number - page.firstBlock;
        page.setBusy(block);
        return page.address() + layout.offset(block);
    }

    /** The pages that an address lies in, or null. */
    @Nullable
    DmaPage page(long address) {
        int place = place(DmaPage.pfn(address)) - 1;
        return place < 0 || address - byPfn[place].address() >= layout.bytes() ? null : byPfn[place];
    }

    /** A block that is in use is free from now on. */
    void give(DmaPage page, int block) {
        page.setFree(block);
        free[blocksFree++] = page.firstBlock + block;
    }

    /** The blocks of new pages come on top, the first one uppermost. Nothing has changed when memory runs out. */
    void add(long pfn) {
        int number = byNumber.length;
        int place = place(pfn);
        DmaPage page = new DmaPage(pfn, number * blocksOfPage, blocksOfPage);
        DmaPage[] nextByNumber = Arrays.copyOf(byNumber, number + 1);
        DmaPage[] nextByPfn = Arrays.copyOf(byPfn, number + 1);
        int[] nextFree = Arrays.copyOf(free, Math.multiplyExact(number + 1, blocksOfPage));
        nextByNumber[number] = page;
        System.arraycopy(byPfn, place, nextByPfn, place + 1, number - place);
        nextByPfn[place] = page;
        byNumber = nextByNumber;
        byPfn = nextByPfn;
        free = nextFree;
        for (int block = blocksOfPage - 1; block >= 0; block--) {
            free[blocksFree++] = page.firstBlock + block;
        }
    }

    /** How many pages begin at or before a pfn. */
    private int place(long pfn) {
        int from = 0;
        int end = byPfn.length;
        while (from < end) {
            int middle = (from + end) >>> 1;
            if (byPfn[middle].pfn <= pfn) {
                from = middle + 1;
            } else {
                end = middle;
            }
        }
        return from;
    }

    /** No block is taken any more. */
    void close() {
        blocksFree = 0;
    }

    int blocksBusy() {
        return Arrays.stream(byNumber).mapToInt(DmaPage::blocksBusy).sum();
    }

    /** The addresses of the blocks in use, in the order in which their pages came, {@code base} added to each. */
    List<Long> busy(long base) {
        List<Long> busy = new ArrayList<>();
        for (DmaPage page : byNumber) {
            for (int block = 0; block < blocksOfPage; block++) {
                if (page.isBusy(block)) {
                    busy.add(base + page.address() + layout.offset(block));
                }
            }
        }
        return busy;
    }

    /** The pages without a block in use. */
    DmaPage[] idle() {
        return Arrays.stream(byNumber).filter(page -> page.blocksBusy() == 0).toArray(DmaPage[]::new);
    }

    /** What is broken, one sentence each. */
    List<String> findings(String pool) {
        List<String> findings = new ArrayList<>();
        Set<Integer> numbers = new HashSet<>();
        for (int i = 0; i < blocksFree; i++) {
            DmaPage page = byNumber[free[i] / blocksOfPage];
            if (!numbers.add(free[i]) || page.isBusy(free[i] - page.firstBlock)) {
                findings.add("dma pool \"" + pool + "\" lists block " + free[i] + " twice, or while it is in use");
            }
        }
        return findings;
    }

    /** How many blocks are neither free nor in use. */
    int blocksLost() {
        return byNumber.length * blocksOfPage - blocksFree - blocksBusy();
    }
}
