package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.MigrateType;
import org.mm4j.api.trace.Tracepoints;

/**
 * One compaction of one zone: what can move, moves from low frames to free ones at the high end, until the goal is reached
 * or the scanners meet.
 *
 * <pre>
 *   frame  low                                                                 high
 *         [ m..m | .m.. | mmUm | .... | m.m. | ..U. | mm.m | m... | .m.m | mmmm ]       m movable, U not
 *           migrate scanner  ---->                          <----  free scanner
 *
 *         [ .... | .... | ..U. | .... | .... | ..U. | mmmm | mmmm | mmmm | mmmm ]
 * </pre>
 *
 * <p>Blocks that become free merge at once, past the page caches; the first one that is large enough is kept for the
 * request, before anybody else sees it.
 *
 * <p>In Linux 6.18: mm/compaction.c, compact_zone(), isolate_migratepages(), isolate_freepages(), compaction_capture().
 */
final class CompactRun {
    /** Free pages that are taken off the lists at once. In Linux: COMPACT_CLUSTER_MAX. */
    private static final int CLUSTER = 32;

    /** What is told of a run that is for no request. In Linux: the order of compact_node(). */
    private static final int NO_ORDER = -1;

    private static final int NONE = FreeAreas.NONE;
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();
    private static final int CMA = MigrateType.CMA.ordinal();

    private final ZoneCompaction state;
    private final Zone zone;
    private final MemMap map;
    private final Migration migration;
    private final CompactPriority priority;
    private final CompactGoal goal;
    private final @Nullable CompactRequest request;
    private final FreeStock stock = new FreeStock();
    private final boolean isWholeZone;

    private int migrateFrame;

    /** The pageblock that free pages are taken from; all above it are done. */
    private int freeFrame;

    private boolean outOfFreePages;

    // What was found in one pageblock, for who is told.
    private int framesScanned;
    private long pagesHeld;
    private long pagesMoved;

    CompactRun(
            ZoneCompaction state,
            Migration migration,
            CompactPriority priority,
            CompactGoal goal,
            @Nullable CompactRequest request) {
        this.state = state;
        this.migration = migration;
        this.priority = priority;
        this.goal = goal;
        this.request = request;
        zone = state.zone();
        map = zone.map();
        boolean beginsAnew = priority == CompactPriority.SYNC_FULL;
        migrateFrame = beginsAnew ? state.firstBlock() : state.migrateFrame();
        freeFrame = beginsAnew ? state.endBlock() : state.freeFrame();
        isWholeZone = migrateFrame == state.firstBlock() && freeFrame == state.endBlock();
    }

    /** The caller has begun with the zone. */
    CompactResult run() {
        Tracepoints trace = zone.trace();
        long first = map.firstPfn();
        long start = first + zone.extent().startFrame();
        long end = first + zone.extent().endFrame();
        boolean isSync = priority != CompactPriority.ASYNC;
        trace.mmCompactionBegin(start, first + migrateFrame, first + freeFrame, end, isSync);
        String status = "failed";
        try {
            CompactResult result = scan();
            status = result.name();
            return result;
        } finally {
            trace.mmCompactionEnd(start, first + migrateFrame, first + freeFrame, end, isSync, status);
        }
    }

    private CompactResult scan() {
        try {
            while (migrateFrame < freeFrame - PAGEBLOCK_NR_PAGES && !outOfFreePages) {
                int block = migrateFrame;
                boolean isUseful = isSource(block) && emptyBlock(block);
                if (!isUseful && priority != CompactPriority.SYNC_FULL) {
                    state.skip(block);
                }
                migrateFrame = block + PAGEBLOCK_NR_PAGES;
                if (isDone()) {
                    tellFinished(CompactResult.SUCCESS);
                    state.remember(migrateFrame, freeFrame);
                    return CompactResult.SUCCESS;
                }
                tellFinished(CompactResult.CONTINUE);
            }
        } finally {
            release();
        }
        if (isDone()) { // what was not needed has merged again
            return tellFinished(CompactResult.SUCCESS);
        }
        state.reset(); // the scanners have met
        return tellFinished(isWholeZone ? CompactResult.COMPLETE : CompactResult.PARTIAL_SKIPPED);
    }

    private CompactResult tellFinished(CompactResult result) {
        int order = request == null ? NO_ORDER : request.order();
        zone.trace().mmCompactionFinished(zone.nid(), zone.extent().type(), order, result.name());
        return result;
    }

    private boolean isDone() {
        return (request != null && request.hasCaptured()) || goal.isReached(zone);
    }

    /** Whether a pageblock may be emptied. In Linux: suitable_migration_source(). */
    private boolean isSource(int block) {
        if (zone.blocks().isIsolated(block) || (priority != CompactPriority.SYNC_FULL && state.isSkipped(block))) {
            return false;
        }
        if (priority != CompactPriority.ASYNC || request == null) {
            return true;
        }
        int type = zone.blocks().type(block);
        return request.type() == MOVABLE ? type == MOVABLE || type == CMA : type == request.type();
    }

    /** Moves what can move out of a pageblock; whether there was something. */
    private boolean emptyBlock(int block) {
        framesScanned = 0;
        pagesHeld = 0;
        pagesMoved = 0;
        try {
            return moveOut(block);
        } finally {
            long start = map.pfn(block);
            zone.trace().mmCompactionIsolateMigratepages(start, start + PAGEBLOCK_NR_PAGES, framesScanned, pagesHeld);
            zone.trace().mmCompactionMigratepages(pagesMoved, pagesHeld - pagesMoved);
        }
    }

    private boolean moveOut(int block) {
        boolean hasMoved = false;
        for (int frame = block; frame < block + PAGEBLOCK_NR_PAGES && !outOfFreePages; ) {
            long word = map.wordOpaque(frame);
            int order = FrameWord.isHead(word) ? FrameWord.order(word) : 0;
            int next = frame + (1 << order);
            framesScanned += 1 << order;
            if (Migration.mayMove(word) && order < orderWanted()) {
                boolean moved = moveAway(frame, order);
                hasMoved |= moved;
                if (request != null && request.hasCaptured()) {
                    return true;
                }
                next = moved || priority != CompactPriority.ASYNC ? next : nextChunk(frame);
            } else if (FrameWord.state(word) == FrameWord.IN_USE && priority == CompactPriority.ASYNC) {
                next = Math.max(next, nextChunk(frame)); // the block that is wanted cannot become free here
            }
            frame = next;
        }
        return hasMoved;
    }

    private int orderWanted() {
        return request == null ? PAGEBLOCK_ORDER : request.order();
    }

    private int nextChunk(int frame) {
        int chunk = 1 << Math.min(orderWanted(), PAGEBLOCK_ORDER);
        return (frame & -chunk) + chunk;
    }

    private boolean moveAway(int frame, int order) {
        if (!migration.hold(frame)) {
            return false;
        }
        pagesHeld += 1L << order;
        boolean isMoved = false;
        try {
            int to = takeFree(order);
            if (to != NONE) {
                boolean isTaken = false;
                try {
                    isTaken = migration.move(frame, to, order);
                } finally {
                    if (!isTaken) {
                        migration.letGo(to, zone, null);
                    }
                }
                isMoved = isTaken;
                pagesMoved += isTaken ? 1L << order : 0;
            }
        } finally {
            migration.letGo(frame, zone, isMoved ? request : null);
        }
        return isMoved;
    }

    // Free pages.

    /** A block in use, of which the caller has the only reference, or none. */
    private int takeFree(int order) {
        while (true) {
            int found = stock.orderFor(order);
            if (found == NONE) {
                if (!refill()) {
                    outOfFreePages = true;
                    return NONE;
                }
                continue;
            }
            int frame = stock.take(found);
            if (found == order) {
                return frame;
            }
            stock.reserve();
            int half = found - 1;
            if (Cutting.split(zone, frame, map.wordOpaque(frame), half)) {
                stock.add(frame, half);
                stock.add(frame + (1 << half), half);
            } else { // somebody looked at it; it is not worth a wait
                migration.letGo(frame, zone, null);
            }
        }
    }

    /** Takes free pages from the highest pageblocks that have some; false when the scanners meet. */
    private boolean refill() {
        long before = stock.pages();
        while (stock.pages() == before && freeFrame - PAGEBLOCK_NR_PAGES > migrateFrame) {
            int block = freeFrame - PAGEBLOCK_NR_PAGES;
            boolean isLeft = isTarget(block) && zone.takeFreeBlocks(block, stock, CLUSTER);
            if (!isLeft) {
                freeFrame = block;
            }
        }
        return stock.pages() > before;
    }

    /** Whether a pageblock may be filled: it is movable, and not wholly free. In Linux: suitable_migration_target(). */
    private boolean isTarget(int block) {
        int type = zone.blocks().type(block);
        boolean isMovable = type == MOVABLE || type == CMA || !zone.groupsByMobility();
        return isMovable && !zone.blocks().isIsolated(block);
    }

    private void release() {
        for (int order = 0; order <= PAGEBLOCK_ORDER; order++) {
            while (stock.has(order)) {
                migration.letGo(stock.take(order), zone, null);
            }
        }
    }
}
