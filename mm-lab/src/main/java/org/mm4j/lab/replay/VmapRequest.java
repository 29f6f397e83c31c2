package org.mm4j.lab.replay;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

/**
 * Addresses that a recorded kernel reserved.
 *
 * @param bytes how many, the guard page included
 * @param align of the first one
 */
record VmapRequest(long bytes, long align) {
    /** Half of all addresses of vmalloc with four levels of page tables. */
    private static final long BYTES_MAX = 1L << 44;

    /** Whether a kernel serves such a request at all. In Linux 6.18: mm/vmalloc.c, alloc_vmap_area(). */
    boolean isServed() {
        return bytes > 0
                && bytes <= BYTES_MAX
                && bytes % PAGE_SIZE == 0
                && Long.bitCount(align) == 1
                && align > 0
                && align <= BYTES_MAX;
    }
}
