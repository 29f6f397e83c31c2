package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/**
 * A request for an area with frames of its own.
 *
 * @param bytes what was asked for
 * @param align of the address, in bytes
 * @param gfp how hard to try, and where
 * @param nid the node to begin at
 * @param flags of {@link VmFlags}
 */
record AreaRequest(long bytes, long align, int gfp, int nid, int flags) {
    static final long HUGE_BYTES = (long) PageFrame.PAGEBLOCK_NR_PAGES << PAGE_SHIFT;

    /** Flags that a request can have; others are dropped. In Linux: GFP_VMALLOC_SUPPORTED, and what callers inside use. */
    private static final int GFP_SUPPORTED = Gfp.GFP_KERNEL_ACCOUNT
            | Gfp.GFP_USER
            | Gfp.GFP_ATOMIC
            | Gfp.GFP_NOWAIT
            | Gfp.__GFP_NOFAIL
            | Gfp.__GFP_ZERO
            | Gfp.__GFP_NORETRY
            | Gfp.__GFP_RETRY_MAYFAIL
            | Gfp.__GFP_HIGHMEM
            | Gfp.__GFP_DMA
            | Gfp.__GFP_DMA32
            | Gfp.__GFP_THISNODE
            | Gfp.__GFP_MEMALLOC
            | Gfp.__GFP_NOMEMALLOC;

    static int unsupported(int gfp) {
        return gfp & ~GFP_SUPPORTED;
    }

    /** Whether it is to be tried again until there is memory. What can never be had is not. */
    boolean isRetried(long pagesTotal) {
        return isNofail() && bytes != 0 && bytes >>> PAGE_SHIFT <= pagesTotal && Long.bitCount(align) == 1;
    }

    boolean isNofail() {
        return Gfp.has(gfp, Gfp.__GFP_NOFAIL);
    }

    boolean mayBlock() {
        return Gfp.allowsBlocking(gfp);
    }

    boolean wantsHuge() {
        return (flags & VmFlags.VM_ALLOW_HUGE_VMAP) != 0 && bytes >= HUGE_BYTES;
    }

    /** The bytes that are mapped. */
    long bytesMapped(boolean isHuge) {
        long grain = isHuge ? HUGE_BYTES : PAGE_SIZE;
        return bytes + grain - 1 & -grain;
    }

    long align(boolean isHuge) {
        return isHuge && align > 0 ? Math.max(align, HUGE_BYTES) : align;
    }

    /**
     * For frames that hold data. Zeroing comes later, when all of them are there; and who must not fail asks again, from
     * the start: what he waits for may come from a free that waits for a call that waits for him.
     */
    int gfpForFrames() {
        return gfp & ~(Gfp.__GFP_ZERO | Gfp.__GFP_HIGHMEM | Gfp.__GFP_NOFAIL);
    }

    /** For tables: anywhere, as hard as the request. In Linux: GFP_PGTABLE_KERNEL. */
    int gfpForTables() {
        return gfp & (Gfp.GFP_KERNEL | Gfp.GFP_ATOMIC | Gfp.__GFP_NOWARN);
    }
}
