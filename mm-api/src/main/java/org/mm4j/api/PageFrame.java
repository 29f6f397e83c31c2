package org.mm4j.api;

/**
 * The conventions of page frames. A frame is 4096 bytes of physical memory; its number, the <em>pfn</em>, is its
 * physical address divided by 4096. A block of <em>order</em> n is 2<sup>n</sup> neighbouring frames whose first pfn
 * is a multiple of 2<sup>n</sup>. Frame 0 is never handed out: pfn 0 means "none".
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, include/asm-generic/getorder.h, mm/internal.h.
 */
public final class PageFrame {
    /** Bits of an address within a page. */
    public static final int PAGE_SHIFT = 12;
    /** Bytes of a page. */
    public static final int PAGE_SIZE = 1 << PAGE_SHIFT;
    /** The order of the largest block. */
    public static final int MAX_PAGE_ORDER = 10;
    /** How many orders there are, 0 to 10. */
    public static final int NR_PAGE_ORDERS = MAX_PAGE_ORDER + 1;
    /** Frames of the largest block. */
    public static final int MAX_ORDER_NR_PAGES = 1 << MAX_PAGE_ORDER;
    /** Orders above this one are costly: they may fail although memory is free. */
    public static final int PAGE_ALLOC_COSTLY_ORDER = 3;
    /** The order of a pageblock, the unit in which mobility is tracked: 2 MiB. */
    public static final int PAGEBLOCK_ORDER = 9;
    /** Frames of a pageblock. */
    public static final int PAGEBLOCK_NR_PAGES = 1 << PAGEBLOCK_ORDER;
    /** What calls that return a pfn return when they fail. */
    public static final long NONE = 0;

    private PageFrame() {}

    /** The buddy of the block of {@code order} at {@code pfn}: the block that it merges with. */
    public static long buddy(long pfn, int order) {
        return pfn ^ (1L << order);
    }

    /** Frames of a block of {@code order}. */
    public static int pages(int order) {
        return 1 << order;
    }

    /**
     * The smallest order whose block holds {@code bytes}; it may lie above {@link #MAX_PAGE_ORDER}.
     *
     * @throws IllegalArgumentException when {@code bytes} is 0 or negative
     */
    public static int order(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a block has at least 1 byte, not " + bytes);
        }
        return Long.SIZE - Long.numberOfLeadingZeros((bytes - 1) >>> PAGE_SHIFT);
    }

    /** How many whole pages hold {@code bytes}. */
    public static long pagesFor(long bytes) {
        return (bytes >>> PAGE_SHIFT) + ((bytes & (PAGE_SIZE - 1)) == 0 ? 0 : 1);
    }

    /** Whether per-CPU page caches keep blocks of this order. In Linux 6.18: mm/page_alloc.c, pcp_allowed_order(). */
    public static boolean pcpAllowedOrder(int order) {
        return order <= PAGE_ALLOC_COSTLY_ORDER || order == PAGEBLOCK_ORDER;
    }
}
