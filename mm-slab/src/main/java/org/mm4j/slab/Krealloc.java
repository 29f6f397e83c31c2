package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.Gfp;
import org.mm4j.api.PhysicalMemory;

/**
 * Memory that becomes larger or smaller.
 *
 * <pre>
 *   in place   | kept ............ | zero, if asked for |          address + bytes, address + ksize
 *
 *   moved      | min(ksize, bytes) copied | zero, if asked for |   the new block's ksize
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, krealloc_node_align(), __do_krealloc(). Differs: no more is copied than the new block was
 * asked for; 6.18 copies all of the old one, past the end of a smaller new one.
 */
final class Krealloc {
    private final Kmalloc kmalloc;
    private final PhysicalMemory memory;
    private final MemorySegment directMap;
    private final long baseAddress;

    Krealloc(Kmalloc kmalloc, PhysicalMemory memory) {
        this.kmalloc = kmalloc;
        this.memory = memory;
        directMap = memory.directMap();
        baseAddress = memory.directMapAddress();
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
            return kmalloc.kmallocNode(aligned(bytes, align), gfp, nid);
        }
        long bytesOld = kmalloc.ksize(address);
        boolean isHere = !Gfp.has(gfp, Gfp.__GFP_THISNODE) || nid == NO_NODE || nid == kmalloc.nodeOf(address);
        boolean fits = Long.compareUnsigned(bytes, bytesOld) <= 0 && (address & (align - 1)) == 0;
        if (!isHere || !fits) {
            return move(address, Math.min(bytesOld, bytes), aligned(bytes, align), gfp, nid);
        }
        if (Gfp.has(gfp, Gfp.__GFP_ZERO)) {
            zero(address + bytes, bytesOld - bytes);
        }
        return address;
    }

    /** A size whose memory has the alignment; what cannot be served is left to kmalloc to refuse. */
    private static long aligned(long bytes, long align) {
        boolean isServed = bytes > 0 && bytes <= SizeClasses.MAX_SIZE;
        return isServed ? (bytes + align - 1) & -align : bytes;
    }

    /** The old address is freed last: who has freed it meanwhile finds it refused, and nothing else has changed. */
    private long move(long address, long bytesKept, long bytes, int gfp, int nid) {
        long moved = kmalloc.kmallocNode(bytes, gfp, nid);
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
