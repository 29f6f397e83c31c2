package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;

/**
 * Addresses for many small, short mappings, cheaper than an area each: every CPU cuts them from a block of its own, see
 * {@link VmapBlock}.
 *
 * <p>A mapping ends in two steps: {@link #unlink}, whereupon the caller unmaps its pages, and {@link #freeLazily}. Its
 * addresses are used again when all of its block is free and purged.
 *
 * <p>All methods may be called by any thread that holds no spin lock. In Linux 6.18: mm/vmalloc.c, vb_alloc(), vb_free(),
 * new_vmap_block(), purge_fragmented_blocks(), _vm_unmap_aliases().
 */
final class VmapBlocks {
    /** VMAP_MAX_ALLOC: a larger mapping is an area of its own. */
    static final int PAGES_MAX = 64;

    private static final int BLOCK_PAGES_MIN = 2 * PAGES_MAX;
    private static final int BLOCK_PAGES_MAX = 1024;

    /** VMALLOC_PAGES of 128 GiB. */
    private static final int SPACE_PAGES = 1 << 25;

    private final VmapAreas areas;
    private final CpuSource cpu;
    private final BlockSlot[] slots;
    private final BlockTable table;
    private final long blockBytes;

    /** Blocks in the kernel's size. Registers itself to give fragmented blocks up when addresses run out. */
    VmapBlocks(VmapAreas areas, int cpus, CpuSource cpu) {
        this(areas, cpus, cpu, blockPages(cpus));
    }

    /** Blocks of {@code blockPages}, a power of two of 64 or more. */
    VmapBlocks(VmapAreas areas, int cpus, CpuSource cpu, int blockPages) {
        if (Integer.bitCount(blockPages) != 1 || blockPages < PAGES_MAX) {
            throw new IllegalArgumentException("a block is a power of two of pages, at least 64, not " + blockPages);
        }
        this.areas = areas;
        this.cpu = cpu;
        slots = new BlockSlot[cpus];
        for (int i = 0; i < cpus; i++) {
            slots[i] = new BlockSlot();
        }
        blockBytes = (long) blockPages << PAGE_SHIFT;
        table = new BlockTable(areas.start(), areas.end(), Long.numberOfTrailingZeros(blockBytes));
        areas.lazyPurge().setOnExhaustion(() -> purgeFragmented(true));
    }

    /** VMAP_BBMAP_BITS: the pages of a block, so that one for each CPU takes a sixteenth of 128 GiB at most. */
    static int blockPages(int cpus) {
        int cpusRounded = Integer.highestOneBit(2 * cpus - 1);
        return Math.clamp(SPACE_PAGES / cpusRounded / 16, BLOCK_PAGES_MIN, BLOCK_PAGES_MAX);
    }

    /**
     * Addresses for a mapping.
     *
     * @param pages 1 to {@value #PAGES_MAX}
     * @return the first address, or {@link FreeRanges#NONE} when there is none for a new block
     * @throws OutOfMemoryError when there is no Java heap for a new block; then nothing has changed
     */
    long alloc(int pages) {
        if (pages < 1 || pages > PAGES_MAX) {
            throw new IllegalArgumentException("a block serves 1 to " + PAGES_MAX + " pages, not " + pages);
        }
        BlockSlot slot = slots[cpu.cpu(slots.length)];
        slot.lock();
        try {
            long address = slot.take(pages);
            if (address != FreeRanges.NONE) {
                return address;
            }
        } finally {
            slot.unlock();
        }
        return allocFromNewBlock(slot, pages);
    }

    private long allocFromNewBlock(BlockSlot slot, int pages) {
        VmapArea area = areas.alloc(blockBytes, blockBytes, VmFlags.VMAP_RAM | VmFlags.VMAP_BLOCK);
        if (area == null) {
            return FreeRanges.NONE;
        }
        boolean isDone = false;
        try {
            VmapBlock block = new VmapBlock(area, slot);
            table.set(area.start(), block);
            area.setBlock(block);
            area.publish();
            isDone = true;
            return addBlock(slot, block, pages);
        } finally {
            if (!isDone) {
                table.remove(area.start());
                areas.unlink(area);
                areas.freeLazily(area);
            }
        }
    }

    private static long addBlock(BlockSlot slot, VmapBlock block, int pages) {
        slot.lock();
        try {
            long address = block.take(pages);
            slot.add(block);
            return address;
        } finally {
            slot.unlock();
        }
    }

    /** The block in which an address lies, or null. */
    @Nullable
    VmapBlock find(long address) {
        return table.get(address);
    }

    /** How many pages the mapping has that begins at an address, 0 when none does. */
    int pagesAt(long address) {
        VmapBlock block = block(address);
        if (block == null) {
            return 0;
        }
        block.slot().lock();
        try {
            return Math.max(block.mappingAt(block.page(address)), 0);
        } finally {
            block.slot().unlock();
        }
    }

    /** The block of an address that can begin a mapping. */
    private @Nullable VmapBlock block(long address) {
        return address % PAGE_SIZE == 0 ? table.get(address) : null;
    }

    /**
     * Ends a mapping: of many callers one is told so, who is to unmap it and then to free it lazily.
     *
     * @return false when no mapping of so many pages begins at this address
     */
    boolean unlink(long address, int pages) {
        VmapBlock block = block(address);
        if (block == null || pages < 1 || pages > PAGES_MAX) {
            return false;
        }
        block.slot().lock();
        try {
            return block.unlink(block.page(address), pages);
        } finally {
            block.slot().unlock();
        }
    }

    /**
     * Takes the addresses of an unlinked mapping back. If they are the last of a block, the block is freed lazily.
     *
     * @throws IllegalStateException when no mapping of so many pages was unlinked there
     */
    void freeLazily(long address, int pages) {
        VmapBlock block = block(address);
        if (block == null || pages < 1 || pages > PAGES_MAX || !free(block, address, pages)) {
            throw new IllegalStateException(
                    "no unlinked mapping of " + pages + " pages at 0x" + Long.toHexString(address));
        }
    }

    private boolean free(VmapBlock block, long address, int pages) {
        BlockSlot slot = block.slot();
        boolean isDirty;
        slot.lock();
        try {
            if (!block.free(block.page(address), pages)) {
                return false;
            }
            isDirty = block.isDirty();
            if (isDirty) {
                slot.remove(block);
            }
        } finally {
            slot.unlock();
        }
        if (isDirty) {
            freeBlock(block);
        }
        return true;
    }

    /** No mapping is in the block, and it is in no slot. In Linux: free_vmap_block(). */
    private void freeBlock(VmapBlock block) {
        VmapArea area = block.area();
        table.remove(area.start());
        boolean isUnlinked = areas.unlink(area);
        assert isUnlinked : "a block without its " + area;
        areas.freeLazily(area);
    }

    /**
     * Frees blocks of which nothing is mapped any more: those with less than a quarter left to hand out, or all that were
     * ever used.
     */
    void purgeFragmented(boolean isForced) {
        for (BlockSlot slot : slots) {
            slot.lock();
            VmapBlock block;
            try {
                block = slot.removeFragmented(isForced);
            } finally {
                slot.unlock();
            }
            while (block != null) {
                VmapBlock next = block.next;
                block.next = null;
                freeBlock(block);
                block = next;
            }
        }
    }

    /**
     * Flushes all that was unmapped so far, mappings in blocks as well, and makes the addresses of freed areas usable. In
     * Linux: vm_unmap_aliases().
     */
    void unmapAliases() {
        areas.lazyPurge().lock();
        boolean isDone = false;
        try {
            purgeFragmented(false);
            DirtyRange dirty = takeDirtyRanges();
            areas.lazyPurge().purge(dirty.start, dirty.end, false);
            isDone = true;
        } finally {
            if (!isDone) {
                forEachBlock(VmapBlock::setUnflushed);
            }
            areas.lazyPurge().unlock();
        }
    }

    private DirtyRange takeDirtyRanges() {
        DirtyRange dirty = new DirtyRange();
        forEachBlock(block -> {
            if (block.hasDirtyRange()) {
                dirty.start = Math.min(dirty.start, block.dirtyStart());
                dirty.end = Math.max(dirty.end, block.dirtyEnd());
                block.setFlushed();
            }
        });
        return dirty;
    }

    /** From the first to the last address that is dirty in any block. */
    private static final class DirtyRange {
        long start = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
    }

    /** Calls for each block, slot by slot, under the slot's lock. */
    void forEachBlock(BlockVisitor visitor) {
        for (BlockSlot slot : slots) {
            slot.lock();
            try {
                for (VmapBlock block = slot.first(); block != null; block = block.next) {
                    visitor.visit(block);
                }
            } finally {
                slot.unlock();
            }
        }
    }

    /** Is shown a block. */
    @FunctionalInterface
    interface BlockVisitor {
        void visit(VmapBlock block);
    }

    /** Walks all blocks and names what is broken, one sentence each. Nothing else may run meanwhile. */
    List<String> validate() {
        return new BlockCheck(areas, this).findings();
    }
}
