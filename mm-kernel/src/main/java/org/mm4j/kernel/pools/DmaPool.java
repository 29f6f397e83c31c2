package org.mm4j.kernel.pools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.LockRank;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.SpinLock;

/**
 * Blocks of one size for a device: aligned, and never across a boundary, as seen by the device, which is by physical
 * address. The block that was freed last is handed out next.
 *
 * <p>What is in use is noted aside, not in the blocks: what is written into a free block harms nothing. Pages go back
 * when the pool is destroyed.
 *
 * <p>Any thread may call any method. One lock; a request allocates Java heap only when it takes pages.
 *
 * <p>In Linux 6.18: mm/dmapool.c. Differs: there is no IOMMU, so a block's address for the device is its physical one;
 * bad frees are always found; blocks in use when the pool is destroyed can be freed later.
 */
public final class DmaPool {
    /** What allocations return when they fail. */
    public static final long NONE = 0;

    private final String name;
    private final DmaLayout layout;
    private final PageAllocator pages;
    private final PhysicalMemory memory;
    private final KernelLog log;
    private final SpinLock lock = new SpinLock(LockRank.POOL);

    private final int blocksOfPage;

    /** Sorted by pfn, to find the one of an address. Guarded by the lock, as is what follows. */
    private DmaPage[] byPfn = {};

    /** In the order in which they came: block n is block n % blocksOfPage of page n / blocksOfPage. */
    private DmaPage[] byNumber = {};

    /** Numbers of the free blocks, the one that was freed last on top. */
    private int[] free = {};

    private int blocksFree;
    private boolean isDestroyed;

    /**
     * A pool without pages. In Linux: dma_pool_create().
     *
     * @param size bytes of a block; rounded up to 16, and to the alignment
     * @param align a power of two; 0 means 1
     * @param boundary a power of two from the size on; 0: a block lies anywhere in its pages
     * @throws IllegalArgumentException when they cannot be
     */
    public DmaPool(
            String name,
            long size,
            long align,
            long boundary,
            PageAllocator pages,
            PhysicalMemory memory,
            KernelLog log) {
        this.name = name;
        layout = DmaLayout.of(size, align, boundary);
        blocksOfPage = layout.blocks();
        this.pages = pages;
        this.memory = memory;
        this.log = log;
    }

    /**
     * The address of a block, or {@link #NONE} when there are no pages. In Linux: dma_pool_alloc().
     *
     * @throws IllegalStateException when the pool is destroyed
     */
    public long alloc(int gfp) {
        long address = pop();
        while (address == NONE) {
            if (!addPages(gfp & ~Gfp.__GFP_ZERO)) {
                return NONE;
            }
            address = pop(); // others may have taken all of the new blocks
        }
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            zero(address);
        }
        return address;
    }

    private void zero(long address) {
        boolean isDone = false;
        try {
            memory.zero(dmaAddress(address), layout.size());
            isDone = true;
        } finally {
            if (!isDone) {
                free(address);
            }
        }
    }

    private long pop() {
        lock.lock();
        try {
            checkUsable();
            if (blocksFree == 0) {
                return NONE;
            }
            int number = free[--blocksFree];
            DmaPage page = byNumber[number / blocksOfPage];
            page.setBusy(number - page.firstBlock);
            return address(page) + layout.offset(number - page.firstBlock);
        } finally {
            lock.unlock();
        }
    }

    /** Takes pages and puts their blocks on top, the first one uppermost; false when there are no pages. */
    private boolean addPages(int gfp) {
        long pfn = pages.allocPages(gfp, layout.order());
        if (pfn == PageFrame.NONE) {
            return false;
        }
        boolean isAdded = false;
        lock.lock();
        try {
            checkUsable();
            add(pfn);
            isAdded = true;
        } finally {
            lock.unlock();
            if (!isAdded) {
                pages.freePages(pfn, layout.order());
            }
        }
        return true;
    }

    private void add(long pfn) {
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

    /**
     * Takes a block back. {@link #NONE} does nothing. In Linux: dma_pool_free().
     *
     * @throws IllegalArgumentException when no block of this pool that is in use begins there
     */
    public void free(long address) {
        if (address == NONE) {
            return;
        }
        DmaPage empty = null;
        lock.lock();
        try {
            DmaPage page = pageOf(address);
            int block = blockOf(page, address);
            page.setFree(block);
            if (!isDestroyed) {
                free[blocksFree++] = page.firstBlock + block;
            } else if (page.blocksBusy() == 0) {
                empty = page;
            }
        } finally {
            lock.unlock();
        }
        if (empty != null) {
            pages.freePages(empty.pfn, layout.order());
        }
    }

    private DmaPage pageOf(long address) {
        int place = place(dmaAddress(address) >> PageFrame.PAGE_SHIFT) - 1;
        if (place < 0 || address - address(byPfn[place]) >= layout.bytes()) {
            throw refused(address, "it is no address of this pool");
        }
        return byPfn[place];
    }

    private int blockOf(DmaPage page, long address) {
        int block = layout.block(address - address(page));
        if (block < 0) {
            throw refused(address, "no block begins there");
        }
        if (!page.isBusy(block)) {
            throw refused(address, "its block is free already");
        }
        return block;
    }

    private IllegalArgumentException refused(long address, String why) {
        return new IllegalArgumentException(
                "dma pool \"" + name + "\" refuses address 0x" + Long.toHexString(address) + ": " + why);
    }

    private long address(DmaPage page) {
        return memory.directMapAddress() + (page.pfn << PageFrame.PAGE_SHIFT);
    }

    /** What a device calls a block of {@link #alloc}: its physical address. */
    public long dmaAddress(long address) {
        return address - memory.directMapAddress();
    }

    /** Bytes from one block to the next, where no boundary is between them. */
    public int blockBytes() {
        return layout.size();
    }

    /** How many blocks are in use. */
    public int blocksBusy() {
        lock.lock();
        try {
            return busy();
        } finally {
            lock.unlock();
        }
    }

    private int busy() {
        return Arrays.stream(byNumber).mapToInt(DmaPage::blocksBusy).sum();
    }

    /**
     * Gives the pages back; those with blocks in use follow when their last block is freed, and are told to the log.
     * Destroying twice is allowed. In Linux: dma_pool_destroy().
     *
     * @return the addresses of the blocks in use
     */
    public List<Long> destroy() {
        List<Long> busy = new ArrayList<>();
        DmaPage[] idle = {};
        lock.lock();
        try {
            if (!isDestroyed) {
                idle = Arrays.stream(byNumber)
                        .filter(page -> page.blocksBusy() == 0)
                        .toArray(DmaPage[]::new);
            }
            Arrays.stream(byNumber).forEach(page -> addBusy(page, busy));
            blocksFree = 0;
            isDestroyed = true;
        } finally {
            lock.unlock();
        }
        for (DmaPage page : idle) {
            pages.freePages(page.pfn, layout.order());
        }
        if (!busy.isEmpty()) {
            log.warn("dma pool \"" + name + "\" is destroyed while " + busy.size()
                    + " blocks are in use, the first at 0x" + Long.toHexString(busy.getFirst()));
        }
        return busy;
    }

    private void addBusy(DmaPage page, List<Long> busy) {
        for (int block = 0; block < blocksOfPage; block++) {
            if (page.isBusy(block)) {
                busy.add(address(page) + layout.offset(block));
            }
        }
    }

    /** What is broken, one sentence each. */
    public List<String> validate() {
        List<String> findings = new ArrayList<>();
        lock.lock();
        try {
            Set<Integer> numbers = new HashSet<>();
            for (int i = 0; i < blocksFree; i++) {
                DmaPage page = byNumber[free[i] / blocksOfPage];
                if (!numbers.add(free[i]) || page.isBusy(free[i] - page.firstBlock)) {
                    findings.add("dma pool \"" + name + "\" lists block " + free[i] + " twice, or while it is in use");
                }
            }
            if (!isDestroyed && blocksFree + busy() != byNumber.length * blocksOfPage) {
                findings.add("dma pool \"" + name + "\" has " + blocksFree + " free and " + busy() + " busy blocks of "
                        + byNumber.length * blocksOfPage);
            }
        } finally {
            lock.unlock();
        }
        return findings;
    }

    private void checkUsable() {
        if (isDestroyed) {
            throw new IllegalStateException("dma pool \"" + name + "\" is destroyed");
        }
    }
}
