package org.mm4j.kernel.pools;

import java.util.ArrayList;
import java.util.List;
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

    /** Guarded by the lock, as is what follows. */
    private final DmaBlocks blocks;

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
        blocks = new DmaBlocks(layout);
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
            long block = blocks.take();
            return block == DmaBlocks.NONE ? NONE : memory.directMapAddress() + block;
        } finally {
            lock.unlock();
        }
    }

    /** Takes pages for more blocks; false when there are none. */
    private boolean addPages(int gfp) {
        long pfn = pages.allocPages(gfp, layout.order());
        if (pfn == PageFrame.NONE) {
            return false;
        }
        boolean isAdded = false;
        lock.lock();
        try {
            checkUsable();
            blocks.add(pfn);
            isAdded = true;
        } finally {
            lock.unlock();
            if (!isAdded) {
                pages.freePages(pfn, layout.order());
            }
        }
        return true;
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
            blocks.give(page, block);
            if (isDestroyed) {
                blocks.close();
                empty = page.blocksBusy() == 0 ? page : null;
            }
        } finally {
            lock.unlock();
        }
        if (empty != null) {
            pages.freePages(empty.pfn, layout.order());
        }
    }

    private DmaPage pageOf(long address) {
        DmaPage page = blocks.page(dmaAddress(address));
        if (page == null) {
            throw refused(address, "it is no address of this pool");
        }
        return page;
    }

    private int blockOf(DmaPage page, long address) {
        int block = layout.block(dmaAddress(address) - page.address());
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
            return blocks.blocksBusy();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives the pages back; those with blocks in use follow when their last block is freed, and are told to the log.
     * Destroying twice is allowed. In Linux: dma_pool_destroy().
     *
     * @return the addresses of the blocks in use
     */
    public List<Long> destroy() {
        List<Long> busy;
        DmaPage[] idle;
        lock.lock();
        try {
            busy = blocks.busy(memory.directMapAddress());
            idle = isDestroyed ? new DmaPage[0] : blocks.idle();
            blocks.close();
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

    /** What is broken, one sentence each. */
    public List<String> validate() {
        List<String> findings;
        lock.lock();
        try {
            findings = new ArrayList<>(blocks.findings(name));
            int lost = isDestroyed ? 0 : blocks.blocksLost();
            if (lost != 0) {
                findings.add(
                        "dma pool \"" + name + "\" has lost " + lost + " blocks, which are neither free nor in use");
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
