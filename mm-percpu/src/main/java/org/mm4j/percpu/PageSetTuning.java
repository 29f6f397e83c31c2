package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import org.mm4j.api.PageSetSize;

/**
 * How large a page set grows and how much moves at once. Consecutive allocations double the batch and raise {@code
 * high}; frees, a zone short of memory and time lower them again.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, nr_pcp_alloc(), nr_pcp_free(), nr_pcp_high(), free_frozen_page_commit(),
 * decay_pcp_high().
 */
final class PageSetTuning {
    /** The most often that a batch is doubled. */
    static final int BATCH_SCALE_MAX = 5;

    /** What {@link #pagesToFree} is told to free as much as it may. */
    private static final int DRAIN_NOW = 0;

    private final PageSetSize size;

    PageSetTuning(PageSetSize size) {
        this.size = size;
    }

    int batch() {
        return size.batch();
    }

    /** The most pages that move under one hold of the zone lock. */
    int batchMax() {
        return size.batch() << BATCH_SCALE_MAX;
    }

    PageSetSize size() {
        return size;
    }

    private boolean isTuned() {
        return size.highMin() != size.highMax();
    }

    private int clamped(int high) {
        return Math.min(Math.max(high, size.highMin()), size.highMax()); // of a tiny zone, the least is above the most
    }

    /** How many blocks of the order an empty list gets. */
    int blocksToTake(PageSet set, int order, boolean isZoneBelowHigh) {
        int base = size.batch();
        int high = clamped(set.high());
        set.setHigh(high);
        if (high < base) {
            return 1;
        }
        int batch = order > 0 ? base : base << set.allocFactor();
        if (isTuned() && !isZoneBelowHigh) {
            high = Math.min(high + batch, size.highMax());
            set.setHigh(high);
        }
        if (order == 0) {
            int most = Math.max(high - set.count() - base, base);
            if (batch <= most && set.allocFactor() < BATCH_SCALE_MAX) {
                set.setAllocFactor(set.allocFactor() + 1);
            }
            batch = Math.min(batch, most);
        }
        return batch > 1 ? Math.max(batch >> order, 2) : batch;
    }

    /** A block was taken: the row of frees is at its end. */
    void allocated(PageSet set) {
        set.setFreeCount(set.freeCount() >> 1);
    }

    /** A block was put in. How many pages to free now; 0 while the set is not too large. */
    int freed(PageSet set, int order, boolean isReclaimActive, boolean isZoneBelowHigh) {
        set.setAllocFactor(set.allocFactor() >> 1);
        boolean isRowOfHighOrders = noteOrder(set, order);
        if (set.freeCount() < batchMax()) {
            set.setFreeCount(set.freeCount() + (1 << order));
        }
        int high = isRowOfHighOrders ? lowered(set) : high(set, isReclaimActive, isZoneBelowHigh);
        return set.count() < high ? 0 : pagesToFree(set, high, isRowOfHighOrders);
    }

    /** Whether blocks of orders 1 to 3 are freed one after the other; they are not kept then. */
    private boolean noteOrder(PageSet set, int order) {
        boolean isHighOrder = order > 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
        boolean isRow = isHighOrder
                && set.freeCount() >= size.batch() + size.highMin() / 2
                && set.hasFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER)
                && set.count() >= size.batch();
        set.setFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER, isHighOrder);
        return isRow;
    }

    private int lowered(PageSet set) {
        int high = clamped(set.high());
        set.setHigh(high == 0 ? 0 : Math.max(high - batchMax(), size.highMin()));
        return DRAIN_NOW;
    }

    /** The size at which the set drains. */
    private int high(PageSet set, boolean isReclaimActive, boolean isZoneBelowHigh) {
        int high = clamped(set.high());
        set.setHigh(high);
        int row = Math.max(set.freeCount(), size.batch());
        if (high == 0) {
            return 0;
        }
        if (isReclaimActive) {
            set.setHigh(Math.max(high - row, size.highMin()));
            return Math.min(size.batch() << 2, set.high());
        }
        if (!isTuned()) {
            return high;
        }
        if (isZoneBelowHigh) {
            set.setHigh(Math.max(high - row, size.highMin()));
            return Math.max(set.count(), size.highMin());
        }
        int needed = set.freeCount() + size.batch();
        if (set.count() >= high && high < needed) {
            set.setHigh(clamped(needed));
        }
        return high;
    }

    private int pagesToFree(PageSet set, int high, boolean isRowOfHighOrders) {
        if (isRowOfHighOrders) {
            return Math.min(set.count(), batchMax());
        }
        if (high < size.batch()) {
            return 1;
        }
        return Math.clamp(set.freeCount(), size.batch(), Math.max(high - size.batch(), size.batch()));
    }

    /** Time has passed. How many pages to free now. */
    int decayed(PageSet set) {
        if (set.high() > size.highMin()) {
            int eighthLess = set.high() - (set.high() >> 3);
            set.setHigh(Math.max(Math.max(set.count() - batchMax(), eighthLess), size.highMin()));
        }
        return Math.max(0, set.count() - set.high());
    }
}
