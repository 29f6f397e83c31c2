package org.mm4j.buddy;

import org.mm4j.api.MigrateType;

/**
 * Whether a zone may serve a request without going below a watermark. Racy: asked without the zone lock.
 *
 * <pre>
 *   usable  =  free pages without the HIGHATOMIC and CMA pages that the request may not use  -  (2^order - 1)
 *   min     =  the mark;  MIN_RESERVE: - 1/2, and NON_BLOCK with it: - 1/4 of the rest;  OOM: - 1/2 of the rest
 *   passes  =  usable  &gt;  min + pages kept from requests for higher zones,
 *              and a block of the order is on a list that the request may use
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __zone_watermark_ok(), zone_watermark_fast().
 */
final class WatermarkTest {
    private static final int UNMOVABLE = MigrateType.UNMOVABLE.ordinal();
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();
    private static final int RECLAIMABLE = MigrateType.RECLAIMABLE.ordinal();
    private static final int HIGHATOMIC = MigrateType.HIGHATOMIC.ordinal();
    private static final int CMA = MigrateType.CMA.ordinal();

    private WatermarkTest() {}

    /** The test as requests meet it, at the mark that {@code flags} name. {@code highest} is a zone's number. */
    static boolean passes(Zone zone, int order, int highest, int flags) {
        int index = flags & AllocFlags.WMARK_MASK;
        long mark = zone.marks().mark(index);
        if (order == 0 && usable(zone, 0, flags) > mark + zone.marks().reserve(highest)) {
            return true;
        }
        if (passes(zone, order, mark, highest, flags)) {
            return true;
        }
        // An important request for one page does not wait because of a boost.
        boolean mayIgnoreBoost = order == 0
                && (flags & AllocFlags.MIN_RESERVE) != 0
                && index == AllocFlags.WMARK_MIN
                && zone.marks().boostOpaque() != 0;
        return mayIgnoreBoost && passes(zone, order, zone.marks().unboosted(index), highest, flags);
    }

    /** The full test against any mark. */
    static boolean passes(Zone zone, int order, long mark, int highest, int flags) {
        return passesWith(0, zone, order, mark, highest, flags);
    }

    /** The full test as if so many pages more were free. In Linux: __zone_watermark_ok() with any number of free pages. */
    static boolean passesWith(long pagesMore, Zone zone, int order, long mark, int highest, int flags) {
        return usable(zone, order, flags) + pagesMore
                        > lowered(mark, flags) + zone.marks().reserve(highest)
                && (order == 0 || hasBlock(zone.areas(), order, flags));
    }

    private static long usable(Zone zone, int order, int flags) {
        ZoneCounters counters = zone.counters();
        long usable = counters.pagesFreeOrdinary() - ((1L << order) - 1);
        if ((flags & AllocFlags.RESERVES) != 0) {
            usable += counters.pagesFreeHighAtomic();
        }
        if ((flags & AllocFlags.CMA) != 0) {
            usable += counters.pagesFreeCma();
        }
        return usable;
    }

    /** The mark after the cuts that the flags allow, one after the other. */
    static long lowered(long mark, int flags) {
        long min = mark;
        if ((flags & AllocFlags.MIN_RESERVE) != 0) {
            min -= min / 2;
            if ((flags & AllocFlags.NON_BLOCK) != 0) {
                min -= min / 4;
            }
        }
        if ((flags & AllocFlags.OOM) != 0) {
            min -= min / 2;
        }
        return min;
    }

    /** Whether a block of the order is on a list that a request with these flags may use. */
    static boolean hasBlock(FreeAreas areas, int order, int flags) {
        return areas.hasBlocks(order, UNMOVABLE)
                || areas.hasBlocks(order, MOVABLE)
                || areas.hasBlocks(order, RECLAIMABLE)
                || ((flags & AllocFlags.CMA) != 0 && areas.hasBlocks(order, CMA))
                || ((flags & (AllocFlags.HIGHATOMIC | AllocFlags.OOM)) != 0 && areas.hasBlocks(order, HIGHATOMIC));
    }
}
