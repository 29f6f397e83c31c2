package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import org.mm4j.api.MigrateType;
import org.mm4j.api.MovableOwner;

/**
 * Empties a range of frames and takes it: close its pageblocks, have the owners of its movable blocks move away, and
 * take the frames when all of them are free.
 *
 * <pre>
 *   pageblocks   |  isolated         |  isolated         |
 *   range              [startPfn ............ endPfn)
 *                       free | movable -> elsewhere | free        then in use, order 0, one by one
 * </pre>
 *
 * <p>Whatever happens, the pageblocks are opened again.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, alloc_contig_range(). Differs: blocks move if they have a {@link MovableOwner}; there
 * is no list of least recently used pages.
 */
final class ContigRanges {
    private static final int ATTEMPTS = 5;

    private final Zones zones;
    private final MemMap map;
    private final Evacuation evacuation;

    ContigRanges(Zones zones, Evacuation evacuation) {
        this.zones = zones;
        this.map = zones.map();
        this.evacuation = evacuation;
    }

    /** Whether the range was taken. */
    boolean take(int startFrame, int endFrame, int gfp) {
        Zone zone = zones.zoneOf(startFrame);
        int firstBlock = startFrame & -PAGEBLOCK_NR_PAGES;
        int endBlock = (endFrame + PAGEBLOCK_NR_PAGES - 1) & -PAGEBLOCK_NR_PAGES;
        ZoneExtent extent = zone.extent();
        if (firstBlock < extent.startFrame() || endBlock > extent.endFrame()) {
            throw new IllegalArgumentException("pfn " + map.pfn(startFrame) + " to " + map.pfn(endFrame)
                    + " is refused: its pageblocks are not whole in one zone; the first one's zone is pfn "
                    + map.pfn(extent.startFrame()) + " to " + map.pfn(extent.endFrame()));
        }
        Isolation isolation = new Isolation(zone);
        if (!isolate(zone, isolation, firstBlock, endBlock)) {
            return false;
        }
        try {
            zone.drainCache();
            return evacuation.empty(startFrame, endFrame, gfp, ATTEMPTS) == FreeAreas.NONE
                    && takeRange(zone, isolation, startFrame, endFrame);
        } finally {
            undo(zone, isolation, firstBlock, endBlock);
        }
    }

    private static boolean isolate(Zone zone, Isolation isolation, int firstBlock, int endBlock) {
        zone.lock().lock();
        try {
            return isolation.isolate(firstBlock, endBlock);
        } finally {
            zone.lock().unlock();
        }
    }

    private static boolean takeRange(Zone zone, Isolation isolation, int startFrame, int endFrame) {
        zone.lock().lock();
        try {
            return isolation.takeRange(startFrame, endFrame);
        } finally {
            zone.lock().unlock();
        }
    }

    private static void undo(Zone zone, Isolation isolation, int firstBlock, int endBlock) {
        zone.lock().lock();
        try {
            isolation.undo(firstBlock, endBlock);
        } finally {
            zone.lock().unlock();
        }
    }

    /** Whole pageblocks, all of whose frames are in use, become CMA. */
    void makeCma(int startFrame, int endFrame) {
        Zone zone = zones.zoneOf(startFrame);
        zone.lock().lock();
        try {
            for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
                zone.blocks().setType(block, MigrateType.CMA.ordinal());
            }
        } finally {
            zone.lock().unlock();
        }
    }
}
