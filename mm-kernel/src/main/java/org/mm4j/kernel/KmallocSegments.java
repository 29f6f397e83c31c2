package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.SizeClasses;

/**
 * Memory of kmalloc as bounded segments, as Java code takes it. A segment cannot be left, and failures are thrown.
 *
 * <p>A segment is valid until the kernel closes, not until it is freed: whoever frees a segment stops using it.
 *
 * <p>Any thread may call it. In Linux 6.18: kmalloc(), krealloc(), kfree().
 */
public final class KmallocSegments {
    private final Kmalloc kmalloc;
    private final DirectMap map;

    KmallocSegments(Kmalloc kmalloc, DirectMap map) {
        this.kmalloc = kmalloc;
        this.map = map;
    }

    /**
     * A segment of exactly {@code bytes}; what is left of its object cannot be reached.
     *
     * @param bytes 1 to 4 MiB
     * @param gfp flags of {@link Gfp}; add {@link Gfp#__GFP_ZERO} for zeroes
     * @throws AllocationFailure when there is no such memory
     * @throws IllegalArgumentException when {@code bytes} is 0 or negative
     */
    public MemorySegment alloc(long bytes, int gfp) {
        check(bytes);
        return segment(kmalloc.kmalloc(bytes, gfp), bytes, gfp);
    }

    /** {@link #alloc(long, int)} of zeroes for callers who can wait. */
    public MemorySegment alloc(long bytes) {
        return alloc(bytes, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
    }

    /**
     * A segment with another size and the same bytes, up to the smaller size. The old segment is not used any more.
     *
     * @throws AllocationFailure when there is no such memory; the old segment stays then
     * @throws org.mm4j.api.BadObjectException when {@code segment} does not begin where {@link #alloc} began it, or is freed
     */
    public MemorySegment realloc(MemorySegment segment, long bytes, int gfp) {
        check(bytes);
        return segment(kmalloc.krealloc(address(segment), bytes, gfp), bytes, gfp);
    }

    /**
     * Gives a segment back.
     *
     * @throws org.mm4j.api.BadObjectException when {@code segment} does not begin where {@link #alloc} began it, or is freed
     */
    public void free(MemorySegment segment) {
        kmalloc.kfree(address(segment));
    }

    static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "a segment of the Java heap is refused: the kernel has never given it out");
        }
        return segment.address();
    }

    private static void check(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a segment has at least 1 byte, not " + bytes);
        }
    }

    private MemorySegment segment(long address, long bytes, int gfp) {
        if (address == 0) {
            String why = bytes > SizeClasses.MAX_SIZE ? ": kmalloc has 4 MiB at most" : "";
            throw new AllocationFailure("there are no " + bytes + " bytes for " + Gfp.format(gfp) + why);
        }
        return map.segmentAt(address, bytes);
    }
}
