package org.mm4j.buddy;

import java.util.function.BooleanSupplier;
import org.mm4j.api.PageFrame;

/**
 * When a compaction has done enough.
 *
 * <p>In Linux 6.18: mm/compaction.c, __compact_finished().
 */
interface CompactGoal {
    /** Never: everything that can be moved is moved. In Linux: /proc/sys/vm/compact_memory. */
    CompactGoal WHOLE_ZONE = _ -> false;

    /** Whether the zone is as it was to become. Asked after each pageblock, without the lock. */
    boolean isReached(Zone zone);

    /** Reached, or whoever wants it does not want it any more. */
    default CompactGoal or(BooleanSupplier stop) {
        return zone -> stop.getAsBoolean() || isReached(zone);
    }

    /** A block that a request could take. */
    static CompactGoal blockFor(CompactRequest request) {
        return zone -> WatermarkTest.hasBlock(zone.areas(), request.order(), request.flags());
    }

    /** At most so many percent of the free memory are in blocks smaller than a pageblock. In Linux: proactive compaction. */
    static CompactGoal fragmentedAtMost(int percent) {
        return zone -> fragmentedPercent(zone) <= percent;
    }

    /** How much of the free memory is in blocks smaller than a pageblock. In Linux: fragmentation_score_zone(). */
    static int fragmentedPercent(Zone zone) {
        return Fragmentation.externalPercent(zone.areas().snapshot(), PageFrame.PAGEBLOCK_ORDER);
    }
}
