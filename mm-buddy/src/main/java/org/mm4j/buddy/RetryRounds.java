package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import org.mm4j.api.Gfp;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.MigrateType;

/**
 * One request that may wait and found too little memory: rounds of compaction and reclaim, as long as there is hope.
 *
 * <pre>
 *   order > 3, or order > 0 and not movable:  compaction alone, the lightest; then rounds
 *
 *   round:  reclaim -> lists -> compaction -> lists
 *             ^                                 |
 *             |      __GFP_NORETRY: fails   <---+
 *             |      order > 3, without __GFP_RETRY_MAYFAIL: fails
 *             |                                 |
 *             +-- progress, or enough would be free if all reclaimable pages were
 *             +-- compaction has not tried its hardest
 *             +-- the last resort freed something
 *                                               `---> fails
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __alloc_pages_slowpath(), should_reclaim_retry(), should_compact_retry(). Differs: for
 * orders up to 3, progress of reclaim alone is reason for another round.
 */
final class RetryRounds {
    private static final int NONE = FreeLists.NONE;
    private static final int MAX_RECLAIM_RETRIES = 16;
    private static final int MAX_COMPACT_RETRIES = 16;
    private static final int ONLY_HERE_AND_ONCE = Gfp.__GFP_NORETRY | Gfp.__GFP_THISNODE;

    private final SlowPath slowPath;
    private final FreeLists lists;
    private final MemoryPressure pressure;
    private final ZoneList list;
    private final int gfp;
    private final int order;
    private final int flags;
    private final CompactRequest compaction;

    private CompactPriority priority = CompactPriority.SYNC_LIGHT;
    private CompactResult compactResult = CompactResult.SKIPPED;
    private int compactRetries;
    private int roundsWithoutProgress;
    private long pagesReclaimed;

    RetryRounds(SlowPath slowPath, ZoneList list, int gfp, int order, int flags) {
        this.slowPath = slowPath;
        this.list = list;
        this.gfp = gfp;
        this.order = order;
        this.flags = flags;
        lists = slowPath.lists();
        pressure = slowPath.pressure();
        compaction = new CompactRequest(list, order, flags, lists.wanted(gfp, order), gfp);
    }

    /** The lists were looked at just now, in vain. */
    int take() {
        if (compactsFirst()) {
            int frame = takeAfterCompaction(CompactPriority.ASYNC);
            if (frame != NONE || Gfp.has(gfp, ONLY_HERE_AND_ONCE)) {
                return frame;
            }
            frame = slowPath.takeNow(list, gfp, order, flags);
            if (frame != NONE) {
                return frame;
            }
            priority = isOnce() ? CompactPriority.ASYNC : CompactPriority.SYNC_LIGHT;
        }
        while (true) {
            int frame = takeAfterReclaim();
            if (frame == NONE) {
                frame = takeAfterCompaction(priority);
            }
            if (frame != NONE || isOneRoundOnly()) {
                return frame;
            }
            if (!hasHope()) {
                LastResort.Outcome outcome = slowPath.lastResort().take(list, gfp, order);
                if (outcome.frame() != NONE || !outcome.isWorthRetry()) {
                    return outcome.frame();
                }
                roundsWithoutProgress = 0;
            }
            frame = slowPath.takeNow(list, gfp, order, flags);
            if (frame != NONE) {
                return frame;
            }
        }
    }

    // Compaction.

    /** Compaction calls owners who may start input and output to move. In Linux: gfp_compaction_allowed(). */
    private boolean canCompact() {
        return (gfp & Gfp.__GFP_IO) != 0;
    }

    private boolean compactsFirst() {
        boolean isMovable = Gfp.migrateType(gfp) == MigrateType.MOVABLE;
        return canCompact() && (order > PAGE_ALLOC_COSTLY_ORDER || (order > 0 && !isMovable));
    }

    private int takeAfterCompaction(CompactPriority how) {
        if (order == 0 || !canCompact()) {
            return NONE;
        }
        compactResult = slowPath.compactor().compact(compaction, how);
        if (compactResult == CompactResult.SKIPPED) {
            return NONE;
        }
        int frame = compaction.hasCaptured() ? compaction.takeCaptured() : lists.takeFrom(list, gfp, order, flags);
        if (frame != NONE) {
            slowPath.compactor().served(compaction, frame);
        }
        return frame;
    }

    /** In Linux: should_compact_retry(). */
    private boolean isCompactionWorthRetry() {
        if (order == 0) {
            return false;
        }
        boolean retries = compactsAgain();
        String result = compactResult.name();
        slowPath.trace().compactRetry(order, priority.name(), result, compactRetries, compactRetriesMax(), retries);
        return retries;
    }

    private int compactRetriesMax() {
        return isCostly() ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES;
    }

    private boolean isCostly() {
        return order > PAGE_ALLOC_COSTLY_ORDER;
    }

    private boolean compactsAgain() {
        if (compactResult == CompactResult.SKIPPED) { // reclaim can make the room that it needs
            return slowPath.compactor().isSuitable(compaction, pagesReclaimable() / order);
        }
        if (compactResult == CompactResult.SUCCESS && ++compactRetries <= compactRetriesMax()) {
            return true; // somebody else was faster
        }
        CompactPriority hardest = isCostly() ? CompactPriority.SYNC_LIGHT : CompactPriority.SYNC_FULL;
        if (priority.compareTo(hardest) <= 0) {
            return false;
        }
        priority = priority.harder();
        compactRetries = 0;
        return true;
    }

    // Reclaim.

    /**
     * What was reclaimed may have been taken by others; then a reserved pageblock is given up. Caches are drained even if
     * nothing was reclaimed, so that no request fails while others only cache what it needs.
     */
    private int takeAfterReclaim() {
        pagesReclaimed = pressure.reclaim(list.nid(), gfp, order);
        boolean progress = pagesReclaimed > 0;
        int frame = progress ? lists.takeFrom(list, gfp, order, flags) : NONE;
        if (frame != NONE) {
            return frame;
        }
        if (progress) {
            unreserve(false);
        }
        boolean hadCached = lists.drainCaches(list);
        return progress || hadCached ? lists.takeFrom(list, gfp, order, flags) : NONE;
    }

    private boolean isOnce() {
        return (gfp & Gfp.__GFP_NORETRY) != 0;
    }

    private boolean isOneRoundOnly() {
        boolean mayRetryCostly = (gfp & Gfp.__GFP_RETRY_MAYFAIL) != 0 && canCompact();
        return isOnce() || (order > PAGE_ALLOC_COSTLY_ORDER && !mayRetryCostly);
    }

    private boolean hasHope() {
        boolean progress = pagesReclaimed > 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
        roundsWithoutProgress = progress ? 0 : roundsWithoutProgress + 1;
        return isReclaimWorthRetry() || (pagesReclaimed > 0 && canCompact() && isCompactionWorthRetry());
    }

    /** In Linux: should_reclaim_retry(). */
    private boolean isReclaimWorthRetry() {
        if (roundsWithoutProgress == 0) {
            return true;
        }
        if (roundsWithoutProgress <= MAX_RECLAIM_RETRIES && (wouldPass(0) || wouldPass(pagesReclaimable()))) {
            return true;
        }
        return unreserve(true);
    }

    /** Whether a zone would be above its minimum if so many pages more were free. */
    private boolean wouldPass(long pagesMore) {
        for (Zone zone : list.zones()) {
            long min = zone.marks().mark(AllocFlags.WMARK_MIN);
            boolean passes = WatermarkTest.passesWith(pagesMore, zone, order, min, list.highestIndex(), flags);
            tell(zone, pagesMore, min, passes);
            if (passes) {
                return true;
            }
        }
        return false;
    }

    private void tell(Zone zone, long reclaimable, long min, boolean passes) {
        long available = reclaimable + zone.counters().pagesFree();
        slowPath.trace()
                .reclaimRetryZone(
                        zone.nid(),
                        zone.extent().type(),
                        order,
                        reclaimable,
                        available,
                        min,
                        roundsWithoutProgress,
                        passes);
    }

    private long pagesReclaimable() {
        long pages = 0;
        int lastNode = -1;
        for (Zone zone : list.zones()) {
            pages += zone.nid() == lastNode ? 0 : pressure.pagesReclaimable(zone.nid());
            lastNode = zone.nid();
        }
        return pages;
    }

    private boolean unreserve(boolean last) {
        for (Zone zone : list.zones()) {
            if (zone.unreserveHighAtomic(lists.type(gfp), last)) {
                return true;
            }
        }
        return false;
    }
}
