package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PhysicalMemory;

/**
 * Memory that becomes larger or smaller.
 *
 * <pre>
 *   0                  old          bytes            capacity
 *   | kept ........... | zero ..... | red zone, or as it was |     in place, larger, the old size being remembered
 *   | kept ........................ | zero, or a red zone    |     in place, all others
 *   | min(old, bytes) copied        | zero ................. |     moved
 * </pre>
 *
 * <p>There are zeroes only when they are asked for. The old size is what was asked for where a debug cache remembers it,
 * else the capacity.
 *
 * <p>In Linux 6.18: mm/slub.c, krealloc_node_align(), __do_krealloc(). Differs: no more is copied than the new block was
 * asked for; 6.18 copies all of the old one, past the end of a smaller new one.
 */
final class Krealloc {
    private final Kmalloc kmalloc;
    private final LargeBlocks large;
    private final SlabFrames frames;
    private final PhysicalMemory memory;
    private final MemorySegment directMap;
    private final long baseAddress;
    private final boolean zeroesAlways;

    Krealloc(Kmalloc kmalloc, LargeBlocks large, SlabParts parts) {
        this.kmalloc = kmalloc;
        this.large = large;
        frames = parts.frames();
        memory = parts.memory();
        directMap = memory.directMap();
        baseAddress = memory.directMapAddress();
        zeroesAlways = parts.config().zeroesOnAlloc();
    }

    /** See {@link Kmalloc#kreallocNodeAlign}. */
    long resize(long address, long bytes, long align, int gfp, int nid) {
        if (align <= 0 || Long.bitCount(align) != 1) {
            throw new IllegalArgumentException("an alignment is a power of two, not " + align);
        }
        if (bytes == 0) {
            kmalloc.kfree(address);
            return Kmalloc.ZERO_SIZE_PTR;
        }
        if (Kmalloc.isZeroOrNull(address)) {
            return alloc(bytes, align, gfp, nid);
        }
        Slab slab = frames.find(address);
        long bytesOld =
                slab == null ? large.bytesOwned(address) : slab.cache.sizes().original(slab, address);
        long capacity = slab == null ? bytesOld : slab.cache.objectSize();
        boolean isHere = !Gfp.has(gfp, Gfp.__GFP_THISNODE) || nid == NO_NODE || nid == nodeOf(slab, address);
        boolean fits = Long.compareUnsigned(bytes, capacity) <= 0 && (address & (align - 1)) == 0;
        if (!isHere || !fits) {
            long bytesKept = bytes < 0 ? bytesOld : Math.min(bytesOld, bytes);
            return move(address, bytesKept, alloc(bytes, align, gfp, nid));
        }
        resizeHere(slab, address, bytesOld, bytes, zeroesAlways || Gfp.has(gfp, Gfp.__GFP_ZERO));
        return address;
    }

    private int nodeOf(@Nullable Slab slab, long address) {
        return slab == null ? large.nodeOf(address) : slab.node;
    }

    /** A size whose memory has the alignment; what cannot be served is left to kmalloc to refuse. */
    private static long aligned(long bytes, long align) {
        boolean isServed = bytes > 0 && bytes <= SizeClasses.MAX_SIZE;
        return isServed ? (bytes + align - 1) & -align : bytes;
    }

    private long alloc(long bytes, long align, int gfp, int nid) {
        long address = kmalloc.kmallocNode(aligned(bytes, align), gfp, nid);
        Slab slab = align == 1 ? null : frames.find(address);
        if (slab != null) {
            slab.cache.sizes().setOriginal(slab, address, (int) bytes);
        }
        return address;
    }

    /** The size is set first: nobody may take zeroes for a broken red zone. */
    private void resizeHere(@Nullable Slab slab, long address, long bytesOld, long bytes, boolean isZeroed) {
        if (slab == null) {
            zero(address + bytes, isZeroed ? bytesOld - bytes : 0);
            return;
        }
        ObjectSizes sizes = slab.cache.sizes();
        sizes.setOriginal(slab, address, (int) bytes);
        if (isZeroed && bytesOld < bytes) {
            zero(address + bytesOld, bytes - bytesOld);
        } else if (isZeroed && !sizes.haveRedZones()) {
            zero(address + bytes, slab.cache.objectSize() - bytes);
        }
    }

    /** The old address is freed last: who has freed it meanwhile finds it refused, and nothing else has changed. */
    private long move(long address, long bytesKept, long moved) {
        if (moved == 0) {
            return 0;
        }
        boolean isDone = false;
        try {
            MemorySegment.copy(directMap, address - baseAddress, directMap, moved - baseAddress, bytesKept);
            kmalloc.kfree(address);
            isDone = true;
        } finally {
            if (!isDone) {
                kmalloc.kfree(moved);
            }
        }
        return moved;
    }

    private void zero(long address, long bytes) {
        if (bytes > 0) {
            memory.zero(address - baseAddress, bytes);
        }
    }
}
