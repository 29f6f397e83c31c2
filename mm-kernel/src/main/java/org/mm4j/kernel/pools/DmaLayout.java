package org.mm4j.kernel.pools;

import org.mm4j.api.PageFrame;

/**
 * Where the blocks of a {@link DmaPool} lie within the pages that it takes at once.
 *
 * <pre>
 *    size 68, boundary 256, pages of 4096 bytes
 *    0    68   136  204   256  324  392  460   512
 *    +----+----+----+-----+----+----+----+-----+--
 *    | 0  | 1  | 2  |     | 3  | 4  | 5  |     |        3 blocks for each boundary, the rest is left over
 *    +----+----+----+-----+----+----+----+-----+--
 * </pre>
 *
 * @param size bytes of a block, a multiple of the alignment
 * @param boundary bytes that no block crosses a multiple of
 * @param bytes bytes that are cut into blocks at once: a page, or one block that is larger
 */
record DmaLayout(int size, int boundary, int bytes) {
    /** A block holds the link and the address with which the kernel lists it. In Linux: struct dma_block. */
    static final int SIZE_MIN = 16;

    /** The largest block of the page allocator. */
    static final int SIZE_MAX = PageFrame.PAGE_SIZE << PageFrame.MAX_PAGE_ORDER;

    static DmaLayout of(long size, long align, long boundary) {
        if (align < 0 || Long.bitCount(align) > 1) {
            throw new IllegalArgumentException("the alignment is a power of two, or 0 for none, not " + align);
        }
        if (size <= 0 || size > SIZE_MAX || align > SIZE_MAX) {
            throw new IllegalArgumentException(
                    "blocks have 1 to " + SIZE_MAX + " bytes, not " + size + " aligned to " + align);
        }
        int aligned = (int) (-Math.max(align, 1) & (Math.max(size, SIZE_MIN) + Math.max(align, 1) - 1));
        int bytes = Math.max(aligned, PageFrame.PAGE_SIZE);
        if (boundary != 0 && (boundary < aligned || Long.bitCount(boundary) != 1)) {
            throw new IllegalArgumentException("the boundary is a power of two from " + aligned
                    + " on, the size of a block, or 0 for none, not " + boundary);
        }
        return new DmaLayout(aligned, boundary == 0 ? bytes : (int) Math.min(boundary, bytes), bytes);
    }

    int order() {
        return PageFrame.order(bytes);
    }

    int blocks() {
        return bytes / boundary * blocksPerBoundary() + bytes % boundary / size;
    }

    private int blocksPerBoundary() {
        return boundary / size;
    }

    int offset(int block) {
        return block / blocksPerBoundary() * boundary + block % blocksPerBoundary() * size;
    }

    /** The block that begins at an offset, or -1. */
    int block(long offset) {
        int within = (int) (offset % boundary);
        int block = (int) (offset / boundary) * blocksPerBoundary() + within / size;
        return within % size == 0 && within / size < blocksPerBoundary() && block < blocks() ? block : -1;
    }
}
