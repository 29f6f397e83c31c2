package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.MigrateType;

/**
 * The reserve of pageblocks for requests of high order that cannot wait: about one in a hundred pageblocks of a zone.
 * A pageblock joins when such a request was served from it, and leaves when others would fail otherwise. All methods
 * need the zone lock.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, reserve_highatomic_pageblock(), unreserve_highatomic_pageblock().
 */
final class HighAtomic {
    private static final int HIGHATOMIC = MigrateType.HIGHATOMIC.ordinal();

    private final PageBlocks blocks;
    private final FreeAreas areas;
    private final ZoneCounters counters;
    private final Buddies buddies;
    /** Changes under the zone lock. */
    private volatile long pagesMax;

    HighAtomic(PageBlocks blocks, FreeAreas areas, ZoneCounters counters, Buddies buddies, long pagesManaged) {
        this.blocks = blocks;
        this.areas = areas;
        this.counters = counters;
        this.buddies = buddies;
        pagesMax = pagesMax(pagesManaged);
    }

    /** One hundredth of the zone in whole pageblocks, rounded up; none when that is less than one. */
    private static long pagesMax(long pagesManaged) {
        long hundredth = pagesManaged / 100;
        return hundredth < PAGEBLOCK_NR_PAGES
                ? 0
                : (hundredth + PAGEBLOCK_NR_PAGES - 1) / PAGEBLOCK_NR_PAGES * PAGEBLOCK_NR_PAGES;
    }

    /** The zone has become larger or smaller; pageblocks that are too many leave as ever. */
    void setPagesManaged(long pagesManaged) {
        pagesMax = pagesMax(pagesManaged);
    }

    /** Whether another pageblock may join. Racy without the lock. */
    boolean hasRoom() {
        return counters.pagesReservedHighAtomic() < pagesMax;
    }

    /** Reserves the pageblock of a block that was just allocated. */
    void reserve(int frame, int order) {
        int type = blocks.type(frame);
        if (!hasRoom() || !MigrateType.of(type).isMergeable()) {
            return;
        }
        if (order >= PAGEBLOCK_ORDER) {
            blocks.setTypes(frame, order, HIGHATOMIC);
            counters.addReservedHighAtomic(1L << order);
        } else if (buddies.hasWholePageblock(frame)) {
            buddies.moveFreePages(frame & -PAGEBLOCK_NR_PAGES, type, HIGHATOMIC);
            counters.addReservedHighAtomic(PAGEBLOCK_NR_PAGES);
        }
    }

    /**
     * Gives one pageblock with free pages to {@code type}.
     *
     * @param last whether even the last reserved pageblock may go
     * @return whether there was one
     */
    boolean unreserve(int type, boolean last) {
        if (!last && counters.pagesReservedHighAtomic() <= PAGEBLOCK_NR_PAGES) {
            return false;
        }
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            int frame = areas.first(order, HIGHATOMIC);
            if (frame != FreeAreas.NONE) {
                unreserve(frame, order, type);
                return true;
            }
        }
        return false;
    }

    private void unreserve(int frame, int order, int type) {
        if (order < PAGEBLOCK_ORDER) {
            buddies.moveFreePages(frame & -PAGEBLOCK_NR_PAGES, HIGHATOMIC, type);
            counters.addReservedHighAtomic(-PAGEBLOCK_NR_PAGES);
        } else {
            buddies.move(frame, order, HIGHATOMIC, type); // it does not merge: only blocks that are freed do
            blocks.setTypes(frame, order, type);
            counters.addReservedHighAtomic(-(1L << order));
        }
    }
}
