package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.MigrateType;
import org.mm4j.api.trace.Tracepoints;

/**
 * Where pages come from when the lists of their own migrate type are empty. All methods need the zone lock.
 *
 * <ol>
 * <li><em>Claim</em>, from the largest order down: a whole pageblock changes its type, if at least half of it is free
 * or holds pages of the new kind. One large theft now keeps many small ones away.
 * <li><em>Steal</em>, from the smallest order up: just the pages; the rest of the block stays with its type.
 * </ol>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __rmqueue(), __rmqueue_claim(), __rmqueue_steal(), try_to_claim_block().
 */
final class Fallback {
    // Where the next take of a row begins. In Linux: enum rmqueue_mode.
    private static final int MODE_NORMAL = 0;
    private static final int MODE_CMA = 1;
    private static final int MODE_CLAIM = 2;
    private static final int MODE_STEAL = 3;

    private static final int NONE = FreeAreas.NONE;
    private static final int UNMOVABLE = MigrateType.UNMOVABLE.ordinal();
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();
    private static final int RECLAIMABLE = MigrateType.RECLAIMABLE.ordinal();
    private static final int CMA = MigrateType.CMA.ordinal();

    /** Whom each type takes from, first choice first. */
    private static final int[][] FALLBACKS = {
        {RECLAIMABLE, MOVABLE}, // UNMOVABLE
        {RECLAIMABLE, UNMOVABLE}, // MOVABLE
        {UNMOVABLE, MOVABLE}, // RECLAIMABLE
    };

    private final MemMap map;
    private final PageBlocks blocks;
    private final FreeAreas areas;
    private final ZoneCounters counters;
    private final Buddies buddies;
    private final ZoneMarks marks;
    private final boolean groupsByMobility;
    private final Tracepoints trace;

    /** One of the modes. */
    private int mode = MODE_NORMAL;

    Fallback(
            MemMap map,
            PageBlocks blocks,
            FreeAreas areas,
            ZoneCounters counters,
            Buddies buddies,
            ZoneMarks marks,
            boolean groupsByMobility,
            Tracepoints trace) {
        this.map = map;
        this.blocks = blocks;
        this.areas = areas;
        this.counters = counters;
        this.buddies = buddies;
        this.marks = marks;
        this.groupsByMobility = groupsByMobility;
        this.trace = trace;
    }

    /** Takes a block from wherever the type may take it: the first of a row of takes under one hold of the lock. */
    int takeFirst(int order, int type, int flags) {
        mode = MODE_NORMAL;
        return takeNext(order, type, flags);
    }

    /** The next of a row, which skips what the one before found empty. */
    int takeNext(int order, int type, int flags) {
        boolean mayUseCma = (flags & AllocFlags.CMA) != 0;
        if (mayUseCma && counters.pagesFreeCma() > counters.pagesFree() / 2) {
            int frame = buddies.take(order, CMA);
            if (frame != NONE) {
                return frame;
            }
        }
        int frame = NONE;
        if (mode == MODE_NORMAL) {
            frame = buddies.take(order, type);
        }
        if (frame == NONE && mode <= MODE_CMA && mayUseCma) {
            frame = leaving(MODE_CMA, buddies.take(order, CMA));
        }
        if (frame == NONE && mode <= MODE_CLAIM) {
            frame = leaving(MODE_NORMAL, claim(order, type, flags)); // the rest of the block is on the own list now
        }
        if (frame == NONE && (flags & AllocFlags.NOFRAGMENT) == 0) {
            frame = leaving(MODE_STEAL, steal(order, type));
        }
        return frame;
    }

    /** The frame; when there is one, the mode is what the next take begins with. */
    private int leaving(int nextMode, int frame) {
        mode = frame == NONE ? mode : nextMode;
        return frame;
    }

    /** Claims the pageblock of a free block of another type, the largest first. */
    private int claim(int order, int type, int flags) {
        boolean wholeBlocksOnly = (flags & AllocFlags.NOFRAGMENT) != 0 && order < PAGEBLOCK_ORDER;
        int least = wholeBlocksOnly ? PAGEBLOCK_ORDER : order;
        for (int found = MAX_PAGE_ORDER; found >= least && mayClaim(found, type); found--) {
            int donor = donor(found, type);
            int frame = donor == NONE ? NONE : claimBlock(areas.first(found, donor), found, order, type, donor, flags);
            if (frame != NONE) {
                tell(frame, order, found, type, donor);
                return frame;
            }
        }
        return NONE;
    }

    private void tell(int frame, int order, int found, int type, int donor) {
        trace.mmPageAllocExtfrag(map.firstPfn() + frame, order, found, type, donor, blocks.type(frame) == type);
    }

    /** In Linux: should_try_claim_block(). */
    private boolean mayClaim(int found, int type) {
        return found >= PAGEBLOCK_ORDER / 2 || type == UNMOVABLE || type == RECLAIMABLE || !groupsByMobility;
    }

    /** The first type to take from that has a block of exactly this order. */
    private int donor(int order, int type) {
        for (int donor : FALLBACKS[type]) {
            if (!areas.isEmpty(order, donor)) {
                return donor;
            }
        }
        return NONE;
    }

    private int claimBlock(int frame, int found, int order, int type, int donor, int flags) {
        if (found >= PAGEBLOCK_ORDER) {
            areas.remove(frame, found, donor);
            counters.accountFree(-(1 << found), donor);
            blocks.setTypes(frame, found, type);
            buddies.giveBackUpperHalves(frame, found, order, type);
            counters.accountFree((1 << found) - (1 << order), type);
            buddies.tellTaken(frame, order, type);
            return frame;
        }
        marks.boost((flags & AllocFlags.KSWAPD) != 0);
        int blockStart = frame & -PAGEBLOCK_NR_PAGES;
        if (!buddies.hasWholePageblock(frame) || !isWorthClaiming(blockStart, type, donor)) {
            return NONE;
        }
        buddies.moveFreePages(blockStart, donor, type);
        return buddies.take(order, type);
    }

    /** Whether at least half of the pageblock is free or holds pages of the claiming kind. */
    private boolean isWorthClaiming(int blockStart, int type, int donor) {
        int free = 0;
        int movable = 0;
        for (int frame = blockStart; frame < blockStart + PAGEBLOCK_NR_PAGES; frame += buddies.framesAt(frame)) {
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) == FrameWord.FREE) {
                free += 1 << FrameWord.order(word);
            } else if (FrameWord.state(word) == FrameWord.IN_USE && FrameWord.type(word) == MOVABLE) {
                movable += 1 << FrameWord.order(word);
            }
        }
        int alike = type == MOVABLE ? movable : donor == MOVABLE ? PAGEBLOCK_NR_PAGES - free - movable : 0;
        return free + alike >= PAGEBLOCK_NR_PAGES / 2 || !groupsByMobility;
    }

    /** Takes just the pages, from the smallest block of another type. */
    private int steal(int order, int type) {
        for (int found = order; found < NR_PAGE_ORDERS; found++) {
            int donor = donor(found, type);
            if (donor != NONE) {
                int frame = buddies.takeFrom(areas.first(found, donor), found, order, donor);
                tell(frame, order, found, type, donor);
                return frame;
            }
        }
        return NONE;
    }
}
