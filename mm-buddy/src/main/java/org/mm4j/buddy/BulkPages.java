package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NONE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.FrameZeroing;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/**
 * Many single frames under few holds of a zone lock, from one zone of the wanted node that has enough of them.
 *
 * <p>A place that was filled by this call holds the complement of its pfn until the page is zeroed:
 *
 * <pre>
 *   [ 70,  0, 71,  0 ]  -- zone lock -->  [ 70, ~80, 71, ~81 ]  -- zeroed -->  [ 70, 80, 71, 81 ]
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, alloc_pages_bulk_noprof(). Differs: taken from the zone, not through a page cache.
 */
final class BulkPages {
    /** The most frames under one hold of the lock. */
    private static final int BATCH = 64;

    private final AllocPath path;
    private final References references;
    private final BuddyConfig config;

    BulkPages(AllocPath path, References references, BuddyConfig config) {
        this.path = path;
        this.references = references;
        this.config = config;
    }

    /**
     * Fills empty places.
     *
     * @param singly takes the one page that is taken when a bulk cannot be
     * @return how many places are filled, counted from the start
     */
    int fill(int gfp, int nid, long[] pfns, PageAllocator singly) {
        int empty = empty(pfns);
        int first = filledFrom(pfns, 0);
        if (empty == 0) {
            return first;
        }
        boolean isCharged = config.chargesCgroups() && (gfp & Gfp.__GFP_ACCOUNT) != 0;
        boolean oneByOne = empty == 1 || isCharged;
        if (oneByOne || takeBatches(gfp, nid, pfns, first, empty) == 0) {
            pfns[first] = singly.allocPages(gfp, 0, nid);
        }
        return filledFrom(pfns, first);
    }

    private static int empty(long[] pfns) {
        int empty = 0;
        for (int at = 0; at < pfns.length; at++) {
            if (pfns[at] < 0) {
                throw new IllegalArgumentException("place " + at + " holds " + pfns[at] + ", which is no pfn");
            }
            empty += pfns[at] == NONE ? 1 : 0;
        }
        return empty;
    }

    /** The first empty place from {@code from} on. */
    private static int filledFrom(long[] pfns, int from) {
        int at = from;
        while (at < pfns.length && pfns[at] != NONE) {
            at++;
        }
        return at;
    }

    /** How many frames were taken. */
    private int takeBatches(int gfp, int nid, long[] pfns, int first, int empty) {
        ZoneList list = path.list(gfp, nid);
        int flags = AllocPath.fastFlags(list, gfp);
        Zone zone = zoneWith(pfns.length, list, flags);
        if (zone == null) {
            return 0;
        }
        long wanted = FrameWord.inUse(0, false, 1, path.type(gfp));
        boolean local = zone.nid() == config.callerNode().getAsInt();
        int taken = 0;
        int from = first;
        try {
            while (taken < empty) {
                int most = Math.min(BATCH, empty - taken);
                from = filledFrom(pfns, from); // what was filled is not looked at again under the lock
                int batch = zone.takeBulk(wanted, flags, pfns, from, most, local);
                taken += batch;
                if (batch < most) {
                    break;
                }
            }
        } finally {
            finish(gfp, pfns, first);
        }
        return taken;
    }

    /** The first zone of the wanted node that stays above its low watermark with so many pages less. */
    private static @Nullable Zone zoneWith(int pages, ZoneList list, int flags) {
        for (Zone zone : list.zones()) {
            if (zone.nid() != list.preferred().nid()) {
                return null;
            }
            long mark = zone.marks().mark(AllocFlags.WMARK_LOW) + pages;
            if (WatermarkTest.passes(zone, 0, mark, list.highestIndex(), flags)) {
                return zone;
            }
        }
        return null;
    }

    /** Zeroes the new pages if the request wants it. Those that cannot be zeroed go back. */
    private void finish(int gfp, long[] pfns, int first) {
        FrameZeroing zeroing = (gfp & Gfp.__GFP_ZERO) != 0 ? config.zeroing() : null;
        int at = first;
        try {
            for (; at < pfns.length; at++) {
                if (pfns[at] < 0) {
                    if (zeroing != null) {
                        zeroing.zero(~pfns[at], 1);
                    }
                    pfns[at] = ~pfns[at];
                }
            }
        } finally {
            for (; at < pfns.length; at++) {
                if (pfns[at] < 0) {
                    references.free(~pfns[at], 0);
                    pfns[at] = NONE;
                }
            }
        }
    }
}
