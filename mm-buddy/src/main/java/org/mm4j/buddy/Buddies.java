package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.trace.Tracepoints;

/**
 * Splitting and merging: the buddy system of one zone. All methods need the zone lock.
 *
 * <p>A block of order n is split into two of order n−1, which are each other's <em>buddy</em>: their numbers differ in
 * bit n−1 only. When both are free again they merge. So a free block's buddy is never free and of the same order,
 * unless something stands between them:
 *
 * <pre>
 *    zone A | zone B        a zone ends there
 *    isolated | not         one of the two pageblocks is isolated, CMA or HIGHATOMIC
 *    order 10 | order 10    there is no larger order
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __free_one_page(), expand(), __rmqueue_smallest().
 */
final class Buddies {
    private static final int NONE = FreeAreas.NONE;

    private final MemMap map;
    private final PageBlocks blocks;
    private final FreeAreas areas;
    private final ZoneCounters counters;
    private final int startFrame;
    private final int endFrame;
    private final Tracepoints trace;

    Buddies(
            MemMap map,
            PageBlocks blocks,
            FreeAreas areas,
            ZoneCounters counters,
            int startFrame,
            int endFrame,
            Tracepoints trace) {
        this.map = map;
        this.blocks = blocks;
        this.areas = areas;
        this.counters = counters;
        this.startFrame = startFrame;
        this.endFrame = endFrame;
        this.trace = trace;
    }

    /**
     * Frees a block, to the lists of its pageblocks' types. A block larger than a pageblock is freed in pieces, since
     * each of its pageblocks may have another type. In Linux: split_large_buddy().
     */
    void free(int frame, int order, boolean toTail) {
        int pieceOrder = Math.min(order, PAGEBLOCK_ORDER);
        for (int piece = frame; piece < frame + (1 << order); piece += 1 << pieceOrder) {
            freeOne(piece, pieceOrder, blocks.type(piece), toTail);
        }
    }

    /** Frees a block of at most a pageblock and merges it as far as it goes. */
    private void freeOne(int frame, int order, int type, boolean toTail) {
        counters.accountFree(1 << order, type);
        int head = frame;
        int grown = order;
        while (grown < MAX_PAGE_ORDER) {
            int buddy = head ^ (1 << grown);
            if (!isFree(buddy, grown) || (grown >= PAGEBLOCK_ORDER && !mergesWith(buddy, type))) {
                break;
            }
            takeIn(buddy, grown, type);
            map.setWordOpaque(head | (1 << grown), FrameWord.INTERIOR);
            head &= buddy;
            grown++;
        }
        if (toTail || isMergeLikely(head, grown)) {
            areas.addTail(head, grown, type);
        } else {
            areas.addHead(head, grown, type);
        }
    }

    /** Whether a pageblock next to one of {@code type} may merge with it. */
    private boolean mergesWith(int buddy, int type) {
        int buddyType = blocks.type(buddy);
        return buddyType == type || (type < MigrateType.PCPTYPES && buddyType < MigrateType.PCPTYPES);
    }

    /** Unlinks a buddy; one of another type takes on ours. */
    private void takeIn(int buddy, int order, int type) {
        int buddyType = order >= PAGEBLOCK_ORDER ? blocks.type(buddy) : type;
        areas.remove(buddy, order, buddyType);
        if (buddyType != type) {
            blocks.setTypes(buddy, order, type); // both types are mergeable, and so counted alike
        }
    }

    /** Whether the next larger buddy is free already: then this block is better left for merging. */
    private boolean isMergeLikely(int head, int order) {
        if (order >= MAX_PAGE_ORDER - 1) {
            return false;
        }
        int pair = head & -(2 << order);
        return isFree(pair ^ (2 << order), order + 1);
    }

    private boolean isFree(int frame, int order) {
        return frame >= startFrame && frame < endFrame && FrameWord.isFree(map.wordOpaque(frame), order);
    }

    /**
     * Takes the smallest sufficient block of a type; its lowest frames, cut to the order. Its word still says FREE.
     *
     * @return the first frame, or {@link FreeAreas#NONE}
     */
    int take(int order, int type) {
        int found = areas.smallestOrder(order, type);
        return found == NONE ? NONE : takeFrom(areas.first(found, type), found, order, type);
    }

    /** Takes a given free block of order {@code found}, cuts it to {@code order}, and leaves the rest on the list of {@code type}. */
    int takeFrom(int frame, int found, int order, int type) {
        areas.remove(frame, found, type);
        counters.accountFree(-(1 << order), type);
        giveBackUpperHalves(frame, found, order, type);
        tellTaken(frame, order, type);
        return frame;
    }

    /**
     * A block has left the list of {@code type} for a request. In Linux: trace_mm_page_alloc_zone_locked(). Differs: blocks
     * that were claimed whole, stolen or captured are told of too.
     */
    void tellTaken(int frame, int order, int type) {
        boolean mayBeCached = PageFrame.pcpAllowedOrder(order) && type < MigrateType.PCPTYPES;
        trace.mmPageAllocZoneLocked(map.pfn(frame), order, type, mayBeCached);
    }

    /** In Linux: expand(). */
    void giveBackUpperHalves(int frame, int found, int order, int type) {
        for (int half = found - 1; half >= order; half--) {
            areas.addHead(frame + (1 << half), half, type);
        }
    }

    /** Moves the free pages of one pageblock to another type's lists, and gives the block that type. */
    void moveFreePages(int blockStart, int type, int newType) {
        for (int frame = blockStart; frame < blockStart + PAGEBLOCK_NR_PAGES; frame += framesAt(frame)) {
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) == FrameWord.FREE) {
                move(frame, FrameWord.order(word), type, newType);
            }
        }
        blocks.setType(blockStart, newType);
    }

    /** Moves one free block to another type's list. In Linux: move_to_free_list(). */
    void move(int frame, int order, int type, int newType) {
        areas.remove(frame, order, type);
        areas.addTail(frame, order, newType);
        counters.accountFree(1 << order, newType); // added before it is taken off: no reader sees a dip
        counters.accountFree(-(1 << order), type);
    }

    /** How far it is from a block's head, or from a reserved frame, to the next. */
    int framesAt(int frame) {
        long word = map.wordOpaque(frame);
        return FrameWord.isHead(word) ? 1 << FrameWord.order(word) : 1;
    }

    /** Whether the zone has the whole pageblock that holds the frame. */
    boolean hasWholePageblock(int frame) {
        int blockStart = frame & -PAGEBLOCK_NR_PAGES;
        return blockStart >= startFrame && blockStart + PAGEBLOCK_NR_PAGES <= endFrame;
    }
}
