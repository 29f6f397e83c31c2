package org.mm4j.buddy;

import org.mm4j.api.FreeBlocks;
import org.mm4j.api.PageFrame;

/**
 * How scattered the free memory of a zone is, seen from a request of some order. Pure functions.
 *
 * <p>In Linux 6.18: mm/vmstat.c, __fragmentation_index(), unusable_free_index(), extfrag_for_order().
 */
public final class Fragmentation {
    /** What {@link #index} returns when the request could be served. */
    public static final int NOT_FRAGMENTED = -1000;

    private Fragmentation() {}

    /**
     * Why a request would fail: towards 0 because there is too little memory, towards 1000 because it is scattered;
     * {@link #NOT_FRAGMENTED} when it would not fail, 0 when nothing is free.
     */
    public static int index(FreeBlocks free, int order) {
        long blocks = 0;
        for (int each = 0; each < PageFrame.NR_PAGE_ORDERS; each++) {
            blocks += free.blocks(each);
        }
        if (blocks == 0) {
            return 0;
        }
        if (suitable(free, order) > 0) {
            return NOT_FRAGMENTED;
        }
        return (int) (1000 - (1000 + free.pages() * 1000 / (1L << order)) / blocks);
    }

    /** How much of the free memory a request of the order cannot use, in thousandths. */
    public static int unusableIndex(FreeBlocks free, int order) {
        long pages = free.pages();
        return pages == 0 ? 1000 : (int) ((pages - (suitable(free, order) << order)) * 1000 / pages);
    }

    /** How much of the free memory a request of the order cannot use, in percent; 0 when nothing is free. */
    public static int externalPercent(FreeBlocks free, int order) {
        long pages = free.pages();
        return pages == 0 ? 0 : (int) ((pages - (suitable(free, order) << order)) * 100 / pages);
    }

    /** How many blocks of the order the free blocks could be cut into. */
    private static long suitable(FreeBlocks free, int order) {
        long suitable = 0;
        for (int each = order; each < PageFrame.NR_PAGE_ORDERS; each++) {
            suitable += free.blocks(each) << (each - order);
        }
        return suitable;
    }
}
