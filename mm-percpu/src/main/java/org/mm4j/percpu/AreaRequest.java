package org.mm4j.percpu;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/**
 * One request for an area.
 *
 * @param bytes a multiple of 4
 * @param align a power of two, 4 or more
 * @param isReserved from the reserved chunk
 * @param isAtomic it cannot wait: from pages that are populated
 * @param gfp flags of {@link Gfp}
 */
record AreaRequest(int bytes, int align, boolean isReserved, boolean isAtomic, int gfp) {
    private static final int BYTES_PER_BIT = ChunkMap.BYTES_PER_BIT;

    /** The flags with which pages are asked for. */
    private static final int PAGE_GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;

    static long roundedSize(long size) {
        return (size + BYTES_PER_BIT - 1) & -BYTES_PER_BIT;
    }

    static long roundedAlign(long align) {
        return Long.compareUnsigned(align, BYTES_PER_BIT) < 0 ? BYTES_PER_BIT : align;
    }

    /** Whether there can be such an area; size and align are rounded. */
    static boolean isLegal(long size, long align) {
        return size > 0
                && size <= UnitSizing.UNIT_BYTES_MIN
                && Long.bitCount(align) == 1
                && align > 0
                && align <= PageFrame.PAGE_SIZE;
    }

    int bits() {
        return bytes / BYTES_PER_BIT;
    }

    int alignBits() {
        return align / BYTES_PER_BIT;
    }

    int pageGfp() {
        return gfp & PAGE_GFP;
    }
}
