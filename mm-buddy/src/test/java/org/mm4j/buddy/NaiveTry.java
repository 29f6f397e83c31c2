package org.mm4j.buddy;

import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/**
 * One attempt of the naive allocator to get a block.
 *
 * @param order of the block
 * @param type what was asked for
 * @param highest the highest zone that may serve it
 * @param low whether zones stay above the low watermark, else the minimum
 * @param minReserve whether half of the minimum may be used
 * @param nonBlock whether the caller cannot wait
 * @param highAtomic whether pageblocks reserved for such requests may be used
 * @param noWatermarks whether all there is may be used
 * @param noFragment whether pageblocks of other types stay whole
 * @param kswapd whether kswapd is told
 */
record NaiveTry(
        int order,
        MigrateType type,
        ZoneType highest,
        boolean low,
        boolean minReserve,
        boolean nonBlock,
        boolean highAtomic,
        boolean noWatermarks,
        boolean noFragment,
        boolean kswapd) {

    /** The fast path: above the low watermark. */
    static NaiveTry fast(int gfp, int order, MigrateType type, boolean noFragment) {
        boolean kswapd = (gfp & Gfp.__GFP_KSWAPD_RECLAIM) != 0;
        return new NaiveTry(order, type, Gfp.zone(gfp), true, false, false, false, false, noFragment, kswapd);
    }

    /** The slow path: above the minimum, with the reserves that the request may use. */
    static NaiveTry slow(int gfp, int order, MigrateType type) {
        boolean kswapd = (gfp & Gfp.__GFP_KSWAPD_RECLAIM) != 0;
        boolean important = (gfp & Gfp.__GFP_HIGH) != 0;
        boolean nonBlock = (gfp & (Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_NOMEMALLOC)) == 0;
        boolean highAtomic = nonBlock && important && order > 0;
        return new NaiveTry(order, type, Gfp.zone(gfp), false, important, nonBlock, highAtomic, false, false, kswapd);
    }

    /** The last look before somebody is ended: no reserves, and nobody is told. */
    NaiveTry lastLook() {
        return new NaiveTry(order, type, highest, true, false, false, false, false, false, false);
    }

    /** The same request with all reserves. */
    NaiveTry withoutWatermarks() {
        return new NaiveTry(order, type, highest, false, false, false, false, true, false, kswapd);
    }

    NaiveTry fragmenting() {
        return new NaiveTry(order, type, highest, low, minReserve, nonBlock, highAtomic, noWatermarks, false, kswapd);
    }

    /** Whether free pages of reserved pageblocks count as usable. */
    boolean usesReserves() {
        return minReserve || nonBlock;
    }
}
