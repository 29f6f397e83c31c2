package org.mm4j.vmalloc;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The block at each address, found without a lock: two levels of arrays, the second made where a block lies.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_block_queue-&gt;vmap_blocks and addr_to_vb_idx(); lib/xarray.c.
 */
final class BlockTable {
    private static final int LEAF_SHIFT = 10;
    private static final int LEAF_ENTRIES = 1 << LEAF_SHIFT;

    private final long start;
    private final int blockShift;
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable VmapBlock>> leaves;

    /** Of blocks of 2<sup>blockShift</sup> bytes that begin at multiples of that. */
    BlockTable(long start, long end, int blockShift) {
        this.start = start >> blockShift << blockShift;
        this.blockShift = blockShift;
        long blocks = ((end - this.start - 1) >>> blockShift) + 1;
        leaves = new AtomicReferenceArray<>(Math.toIntExact(((blocks - 1) >>> LEAF_SHIFT) + 1));
    }

    /** The block in which an address lies, or null; also for addresses outside of the space. */
    @Nullable
    VmapBlock get(long address) {
        long index = (address - start) >>> blockShift;
        if (address < start || index >>> LEAF_SHIFT >= leaves.length()) {
            return null;
        }
        AtomicReferenceArray<@Nullable VmapBlock> leaf = leaves.get((int) (index >>> LEAF_SHIFT));
        return leaf == null ? null : leaf.get((int) index & (LEAF_ENTRIES - 1));
    }

    /** Forgets the block at an address. Allocates no memory. */
    void remove(long address) {
        if (get(address) != null) {
            set(address, null);
        }
    }

    /**
     * Notes the block at an address.
     *
     * @throws OutOfMemoryError when there is no room for it; then nothing has changed
     */
    void set(long address, @Nullable VmapBlock block) {
        long index = (address - start) >>> blockShift;
        leaf((int) (index >>> LEAF_SHIFT)).set((int) index & (LEAF_ENTRIES - 1), block);
    }

    private AtomicReferenceArray<@Nullable VmapBlock> leaf(int at) {
        AtomicReferenceArray<@Nullable VmapBlock> leaf = leaves.get(at);
        if (leaf != null) {
            return leaf;
        }
        AtomicReferenceArray<@Nullable VmapBlock> made = new AtomicReferenceArray<>(LEAF_ENTRIES);
        AtomicReferenceArray<@Nullable VmapBlock> other = leaves.compareAndExchange(at, null, made);
        return other == null ? made : other;
    }
}
