package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.MigrateType;

/**
 * Closes pageblocks, so that nobody takes free pages of them while they are emptied. Their free pages lie on the lists
 * of type ISOLATE, do not count as free, and merge with those of other isolated pageblocks only.
 *
 * <p>All methods need the zone lock, and whole pageblocks of the zone. One caller at a time isolates a pageblock.
 *
 * <p>In Linux 6.18: mm/page_isolation.c, set_migratetype_isolate(), unset_migratetype_isolate().
 */
final class Isolation {
    private static final int ISOLATE = MigrateType.ISOLATE.ordinal();

    private final Zone zone;
    private final MemMap map;

    Isolation(Zone zone) {
        this.zone = zone;
        this.map = zone.map();
    }

    /** Isolates all pageblocks from {@code startFrame} to {@code endFrame}, or none of them. */
    boolean isolate(int startFrame, int endFrame) {
        for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
            if (zone.blocks().isIsolated(block)) {
                return false;
            }
        }
        for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
            cutFreeBlockAround(block);
            moveFreePages(block, zone.blocks().type(block), ISOLATE);
            zone.blocks().setIsolated(block, true);
        }
        return true;
    }

    /** Opens all pageblocks from {@code startFrame} to {@code endFrame} again; their free pages merge. */
    void undo(int startFrame, int endFrame) {
        for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
            cutFreeBlockAround(block);
            zone.blocks().setIsolated(block, false);
            if (FrameWord.isFree(map.wordOpaque(block), PAGEBLOCK_ORDER)) {
                zone.areas().remove(block, PAGEBLOCK_ORDER, ISOLATE);
                zone.counters().accountFree(-PAGEBLOCK_NR_PAGES, ISOLATE);
                zone.buddies().free(block, PAGEBLOCK_ORDER, false);
            } else {
                moveFreePages(block, ISOLATE, zone.blocks().type(block));
            }
        }
    }

    /** A free block that is larger than the pageblock becomes pageblocks, on the list where it is. */
    private void cutFreeBlockAround(int block) {
        int head = block & -(1 << MAX_PAGE_ORDER);
        if (FrameWord.isFree(map.wordOpaque(head), MAX_PAGE_ORDER)) {
            int type = zone.blocks().type(head);
            zone.areas().remove(head, MAX_PAGE_ORDER, type);
            for (int each = head; each < head + (1 << MAX_PAGE_ORDER); each += PAGEBLOCK_NR_PAGES) {
                zone.areas().addTail(each, PAGEBLOCK_ORDER, type);
            }
        }
    }

    private void moveFreePages(int block, int type, int newType) {
        for (int frame = block;
                frame < block + PAGEBLOCK_NR_PAGES;
                frame += zone.buddies().framesAt(frame)) {
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) == FrameWord.FREE) {
                zone.buddies().move(frame, FrameWord.order(word), type, newType);
            }
        }
    }

    /**
     * Takes a range out of the free lists, as frames of order 0 with one reference, if all of it is free and isolated.
     * What free blocks have outside of the range stays free.
     */
    boolean takeRange(int startFrame, int endFrame) {
        if (!isFree(startFrame, endFrame)) {
            return false;
        }
        for (int frame = startFrame; frame < endFrame; ) {
            int head = map.blockHead(frame);
            int order = FrameWord.order(map.wordOpaque(head));
            zone.areas().remove(head, order, ISOLATE);
            zone.counters().accountFree(-(1 << order), ISOLATE);
            frame = head + (1 << order);
            takeBlock(head, frame, startFrame, endFrame);
        }
        return true;
    }

    private boolean isFree(int startFrame, int endFrame) {
        for (int frame = startFrame; frame < endFrame; ) {
            int head = map.blockHead(frame);
            long word = map.wordOpaque(head);
            if (FrameWord.state(word) != FrameWord.FREE || !zone.blocks().isIsolated(head)) {
                return false;
            }
            frame = head + (1 << FrameWord.order(word));
        }
        return true;
    }

    /**
     * Takes a range of memory blocks out of the free lists for good, as reserved frames, if all of it is free and isolated. No
     * free block reaches over its ends: it is made of whole blocks of the largest order.
     */
    boolean takeAway(int startFrame, int endFrame) {
        if (!isFree(startFrame, endFrame)) {
            return false;
        }
        for (int frame = startFrame; frame < endFrame; ) {
            int order = FrameWord.order(map.wordOpaque(frame));
            zone.areas().remove(frame, order, ISOLATE);
            zone.counters().accountFree(-(1 << order), ISOLATE);
            frame += 1 << order;
        }
        for (int frame = startFrame; frame < endFrame; frame++) {
            map.setWordOpaque(frame, FrameWord.RESERVED_WORD);
        }
        return true;
    }

    /** One block that was removed from its list: in use inside of the range, free again outside. */
    private void takeBlock(int head, int end, int startFrame, int endFrame) {
        for (int frame = head; frame < end; frame++) {
            if (frame >= startFrame && frame < endFrame) {
                map.setWordOpaque(frame, FrameWord.inUse(0, false, 1, MigrateType.MOVABLE.ordinal()));
            } else {
                map.setWordOpaque(frame, FrameWord.INTERIOR);
            }
        }
        giveBack(head, Math.min(end, startFrame));
        giveBack(Math.max(head, endFrame), end);
    }

    private void giveBack(int startFrame, int endFrame) {
        for (int frame = startFrame; frame < endFrame; ) {
            int order = Zone.largestOrder(frame, endFrame);
            zone.buddies().free(frame, order, false);
            frame += 1 << order;
        }
    }
}
