package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.slab.KmemCache;

/**
 * The objects of a cache as bounded segments. Each segment takes one object, however small it is; what is larger than an
 * object, or wants a larger alignment than the cache has, is refused.
 *
 * <p>A segment is valid until the kernel closes, not until it is freed. Its bytes are those that its last owner left or the
 * cache's constructor wrote; with {@link Gfp#__GFP_ZERO} they are zero.
 *
 * <p>Any thread may call it. In Linux 6.18: kmem_cache_alloc(), kmem_cache_free().
 */
public final class CacheSegments implements SegmentAllocator {
    private final KmemCache cache;
    private final DirectMap map;
    private final int gfp;

    CacheSegments(KmemCache cache, DirectMap map, int gfp) {
        this.cache = cache;
        this.map = map;
        this.gfp = gfp;
    }

    /**
     * An object, cut to {@code byteSize} bytes.
     *
     * @throws IllegalArgumentException when the cache has no such objects
     * @throws AllocationFailure when there is no memory
     */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (byteSize < 0 || byteSize > cache.objectSize()) {
            throw new IllegalArgumentException(
                    cache + " has objects of " + cache.objectSize() + " bytes, not of " + byteSize);
        }
        if (Long.bitCount(byteAlignment) != 1
                || byteAlignment < 0
                || byteAlignment > cache.layout().align()) {
            throw new IllegalArgumentException(cache + " has objects at multiples of "
                    + cache.layout().align() + ", which gives no alignment of " + byteAlignment);
        }
        long address = cache.alloc(gfp);
        if (address == 0) {
            throw new AllocationFailure("there is no object of " + cache + " for " + Gfp.format(gfp));
        }
        return map.segmentAt(address, byteSize);
    }

    /** A whole object, or an {@link AllocationFailure}. */
    public MemorySegment allocate() {
        return allocate(cache.objectSize(), 1);
    }

    /**
     * Gives an object back.
     *
     * @throws org.mm4j.api.BadObjectException when {@code segment} does not begin where an object of the cache does that is in
     *     use
     */
    public void free(MemorySegment segment) {
        cache.free(KmallocSegments.address(segment));
    }
}
