package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;

import java.util.Arrays;

/**
 * Free blocks that one compaction has taken off the lists, for what it moves. Their words say that they are in use. Cut as
 * needed; what is left goes back. For one thread.
 *
 * <p>In Linux 6.18: freepages of {@code struct compact_control}, compaction_alloc(), release_free_list().
 */
final class FreeStock {
    private final int[][] frames = new int[NR_PAGE_ORDERS][16];
    private final int[] counts = new int[NR_PAGE_ORDERS];
    private long pages;

    /** Room for one more block of every order, so that adding and cutting never fail. */
    void reserve() {
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            if (counts[order] + 2 > frames[order].length) {
                frames[order] = Arrays.copyOf(frames[order], 2 * frames[order].length);
            }
        }
    }

    void add(int frame, int order) {
        frames[order][counts[order]++] = frame;
        pages += 1L << order;
    }

    long pages() {
        return pages;
    }

    /** The smallest order from {@code order} on of which there is a block, or {@link FreeAreas#NONE}. */
    int orderFor(int order) {
        for (int each = order; each < NR_PAGE_ORDERS; each++) {
            if (counts[each] > 0) {
                return each;
            }
        }
        return FreeAreas.NONE;
    }

    /** A block of exactly this order, of which there is one. */
    int take(int order) {
        pages -= 1L << order;
        return frames[order][--counts[order]];
    }

    boolean has(int order) {
        return counts[order] > 0;
    }
}
