package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import org.mm4j.api.Gfp;
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
 * <p>While a block moves, the allocator holds a reference on it, so that it cannot vanish. Whatever happens, the
 * pageblocks are opened again.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, alloc_contig_range(). Differs: blocks move if they have a {@link MovableOwner}; there
 * is no list of least recently used pages.
 */
final class ContigRanges {
    private static final int ATTEMPTS = 5;
    private static final int UNFIT = Gfp.__GFP_COMP | Gfp.__GFP_NOFAIL | Gfp.__GFP_RECLAIMABLE;

    private final Zones zones;
    private final MemMap map;
    private final AllocPath path;
    private final References references;
    private final Migration migration;

    ContigRanges(Zones zones, AllocPath path, References references, Migration migration) {
        this.zones = zones;
        this.map = zones.map();
        this.path = path;
        this.references = references;
        this.migration = migration;
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
            return empty(startFrame, endFrame, gfp) && takeRange(zone, isolation, startFrame, endFrame);
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

    /** Has every block in the range move away; false when one cannot. */
    private boolean empty(int startFrame, int endFrame, int gfp) {
        int attempts = 0;
        for (int frame = startFrame; frame < endFrame; ) {
            int head = map.blockHead(frame);
            long word = map.wordOpaque(head);
            if (FrameWord.state(word) == FrameWord.FREE) {
                frame = head + (1 << FrameWord.order(word));
                attempts = 0;
            } else if (attempts++ == ATTEMPTS || !canLeave(word)) {
                return false;
            } else {
                leave(head, word, gfp);
            }
        }
        return true;
    }

    /** Whether the frame may be free soon. One that seems to be in no block is being merged just now. */
    private static boolean canLeave(long word) {
        return switch (FrameWord.state(word)) {
            case FrameWord.IN_USE -> FrameWord.owner(word) != 0;
            case FrameWord.GOING, FrameWord.CACHED, FrameWord.INTERIOR -> true;
            default -> false;
        };
    }

    /** One attempt to have the block leave. */
    @SuppressWarnings("ThreadPriorityCheck") // whoever holds or frees the block goes on meanwhile
    private void leave(int head, long word, int gfp) {
        if (FrameWord.state(word) == FrameWord.CACHED) {
            zones.zoneOf(head).drainCache();
        } else if (FrameWord.state(word) != FrameWord.IN_USE || FrameWord.references(word) != 1) {
            Thread.yield();
        } else if (references.tryGet(map.pfn(head))) {
            try {
                migrate(head, map.wordOpaque(head), gfp);
            } finally {
                references.put(map.pfn(head));
            }
        }
    }

    /** The caller holds a reference, so that the block stays what it is. */
    private void migrate(int from, long word, int gfp) {
        int order = FrameWord.order(word);
        if (FrameWord.owner(word) == 0 || FrameWord.references(word) != Migration.REFERENCES_OF_OWNER_AND_MOVER) {
            return;
        }
        int compound = order > 0 ? Gfp.__GFP_COMP : 0;
        int to = path.take(
                (gfp & ~UNFIT) | Gfp.__GFP_MOVABLE | compound,
                order,
                zones.zoneOf(from).nid());
        if (to == FreeAreas.NONE) {
            return;
        }
        boolean moved = false;
        try {
            moved = migration.move(from, to, order);
        } finally {
            if (!moved) {
                references.put(map.pfn(to));
            }
        }
    }
}
