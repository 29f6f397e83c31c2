package org.mm4j.buddy;

import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;

/**
 * What a request may do inside the allocator: which watermark it respects and which reserves it may use. Two of the
 * bits are those of the request flags that they follow from.
 *
 * <p>In Linux 6.18: mm/internal.h, ALLOC_*.
 */
final class AllocFlags {
    /** The watermark: 0 min, 1 low, 2 high. */
    static final int WMARK_MIN = 0;

    static final int WMARK_LOW = 1;
    static final int WMARK_HIGH = 2;
    static final int WMARK_MASK = 3;
    /** Take whatever there is. */
    static final int NO_WATERMARKS = 0x04;
    /** The caller is being killed for memory. */
    static final int OOM = 0x08;
    /** The caller cannot wait. */
    static final int NON_BLOCK = 0x10;
    /** Half of the reserve below min. */
    static final int MIN_RESERVE = Gfp.__GFP_HIGH;
    /** Free pages of CMA blocks count. */
    static final int CMA = 0x80;
    /** Do not break pageblocks of other types. */
    static final int NOFRAGMENT = 0x100;
    /** Blocks reserved for such requests may be used. */
    static final int HIGHATOMIC = 0x200;
    /** Wake kswapd when memory runs low. */
    static final int KSWAPD = Gfp.__GFP_KSWAPD_RECLAIM;

    /** Those that lower the watermark. */
    static final int RESERVES = NON_BLOCK | MIN_RESERVE | OOM;

    private AllocFlags() {}

    /** The flags of the slow path, at watermark min. In Linux 6.18: mm/page_alloc.c, gfp_to_alloc_flags(). */
    static int ofSlowPath(int gfp, int order) {
        int flags = WMARK_MIN | (gfp & (MIN_RESERVE | KSWAPD)) | cma(gfp);
        if (Gfp.allowsBlocking(gfp) || (gfp & Gfp.__GFP_NOMEMALLOC) != 0) {
            return flags;
        }
        boolean highAtomic = order > 0 && (flags & MIN_RESERVE) != 0;
        return flags | NON_BLOCK | (highAtomic ? HIGHATOMIC : 0);
    }

    /** Movable pages may lie in CMA blocks. */
    static int cma(int gfp) {
        return Gfp.migrateType(gfp) == MigrateType.MOVABLE ? CMA : 0;
    }
}
