package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageCache;

/**
 * Walks all frames and all free lists of one zone under its lock, and names what is broken. Others may run meanwhile:
 * what the lock guards is exact.
 *
 * <ul>
 * <li>V1: every frame is in exactly one block, reserved, or a hole; blocks are aligned and end inside the zone.
 * <li>V2: a free block's buddy is not free and of the same order. From pageblocks on it may be: their types can have kept
 * them apart when they were freed, and have changed since.
 * <li>V3: a list is linked in both directions, counts its blocks, and has free blocks of its order only.
 * <li>V4: a block is on the list of its pageblock's type.
 * <li>V5: every free block is on a list.
 * <li>V6: the counters equal the lists; the pages in blocks are the managed ones.
 * <li>V7: a block in use has a reference, one that is going has none.
 * <li>V9: a pageblock that is offline has reserved frames only, and is isolated; the zone's span ends at none. (V8 is the page
 * caches'.)
 * </ul>
 *
 * <p>In Linux 6.18: nothing as thorough; CONFIG_DEBUG_VM and page_owner.
 */
final class ZoneCheck {
    private static final int FINDINGS_MAX = 50;
    private static final int TYPES = MigrateType.COUNT;

    private final Zone zone;
    private final MemMap map;
    private final FreeAreas areas;
    private final ZoneCounters counters;
    private final List<String> findings = new ArrayList<>();

    /** What the walk over the frames counted. */
    private long pagesInBlocks;

    private long pagesInCache;
    private long pagesHighAtomic;

    /** Frames of the zone that begin a block on a list, counted from its first. */
    private final BitSet listed;

    ZoneCheck(Zone zone) {
        this.zone = zone;
        map = zone.map();
        areas = zone.areas();
        counters = zone.counters();
        listed = new BitSet((int) zone.extent().pagesSpanned());
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        PageCache cache = zone.cache();
        if (cache == null) {
            check(0);
            return findings;
        }
        cache.stop();
        try {
            findings.addAll(cache.validate());
            check(cache.pagesCached());
        } finally {
            cache.resume();
        }
        return findings;
    }

    private void check(long pagesCached) {
        zone.lock().lock();
        try {
            checkLists();
            checkFrames();
            checkPageblocks();
            checkTotals();
            expect("cached pages", pagesInCache, pagesCached);
        } finally {
            zone.lock().unlock();
        }
    }

    private void checkFrames() {
        int end = zone.extent().endFrame();
        for (int frame = zone.extent().startFrame(); frame < end; ) {
            long word = map.wordOpaque(frame);
            int state = FrameWord.state(word);
            if (state == FrameWord.RESERVED) {
                frame++;
            } else if (!FrameWord.isHead(word) || state > FrameWord.RESERVED) {
                found("V1", frame, "is in no block (" + FrameWord.format(word) + ")");
                frame++;
            } else {
                checkBlock(frame, word, end);
                frame += 1 << Math.min(FrameWord.order(word), MAX_PAGE_ORDER);
            }
        }
    }

    private void checkBlock(int frame, long word, int end) {
        int order = FrameWord.order(word);
        if (order > MAX_PAGE_ORDER || (frame & ((1 << order) - 1)) != 0 || frame + (1 << order) > end) {
            found("V1", frame, "cannot be the first of a block of order " + order);
            return;
        }
        for (int each = frame + 1; each < frame + (1 << order); each++) {
            if (map.wordOpaque(each) != FrameWord.INTERIOR) {
                found(
                        "V1",
                        each,
                        "is " + FrameWord.format(map.wordOpaque(each)) + " inside of the block of order " + order
                                + " at pfn " + map.pfn(frame));
            }
        }
        pagesInBlocks += 1L << order;
        checkState(frame, word, order);
    }

    private void checkState(int frame, long word, int order) {
        int references = FrameWord.references(word);
        switch (FrameWord.state(word)) {
            case FrameWord.FREE -> {
                if (!listed.get(frame - zone.extent().startFrame())) {
                    found("V5", frame, "is free, and on no list");
                }
                checkBuddy(frame, order);
            }
            case FrameWord.IN_USE -> {
                if (references == 0) {
                    found("V7", frame, "is in use without a reference");
                }
            }
            case FrameWord.GOING -> {
                if (references != 0) {
                    found("V7", frame, "is going with " + references + " references");
                }
            }
            case FrameWord.CACHED -> pagesInCache += 1L << order;
            default -> {}
        }
    }

    private void checkBuddy(int frame, int order) {
        int buddy = frame ^ (1 << order);
        boolean couldMerge = order < PAGEBLOCK_ORDER
                && zone.extent().contains(buddy)
                && FrameWord.isFree(map.wordOpaque(buddy), order);
        if (couldMerge && frame < buddy) {
            found("V2", frame, "and its buddy, pfn " + map.pfn(buddy) + ", are both free with order " + order);
        }
    }

    private void checkLists() {
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            for (int type = 0; type < TYPES; type++) {
                checkList(order, type);
            }
        }
    }

    private void checkList(int order, int type) {
        String list = "the list of order " + order + ", " + MigrateType.of(type).kernelName();
        int head = areas.head(order, type);
        int blocks = 0;
        int previous = head;
        int frame = FrameWord.next(map.wordOpaque(head));
        for (; frame != head; frame = FrameWord.next(map.wordOpaque(frame))) {
            long word = frame < map.frames() ? map.wordOpaque(frame) : FrameWord.RESERVED_WORD;
            if (!zone.extent().contains(frame) || !FrameWord.isFree(word, order) || blocks > map.frames()) {
                found("V3", frame, "is on " + list + ", and is " + FrameWord.format(word));
                return;
            }
            if (FrameWord.previous(word) != previous) {
                found("V3", frame, "does not link back to its predecessor on " + list);
            }
            checkTypes(frame, order, type, list);
            listed.set(frame - zone.extent().startFrame());
            blocks++;
            previous = frame;
        }
        if (FrameWord.previous(map.wordOpaque(head)) != previous) {
            findings.add("V3: " + list + " of " + name() + " does not end at its last block");
        }
        if (blocks != areas.blocks(order, type) || (blocks > 0) != areas.hasExactly(order, type)) {
            findings.add("V3: " + list + " of " + name() + " has " + blocks + " blocks, and counts "
                    + areas.blocks(order, type));
        }
    }

    private void checkTypes(int frame, int order, int type, String list) {
        for (int each = frame; each < frame + (1 << order); each += PAGEBLOCK_NR_PAGES) {
            if (zone.blocks().type(each) != type) {
                found(
                        "V4",
                        each,
                        "is on " + list + ", and in a pageblock of type "
                                + MigrateType.of(zone.blocks().type(each)).kernelName());
            }
        }
    }

    /** The zone has the whole of a pageblock that is offline. */
    private void checkOffline(int block) {
        for (int frame = block; frame < block + PAGEBLOCK_NR_PAGES; frame++) {
            if (FrameWord.state(map.wordOpaque(frame)) != FrameWord.RESERVED) {
                found("V9", frame, "is offline, and " + FrameWord.format(map.wordOpaque(frame)));
            }
        }
        if (!zone.blocks().isIsolated(block)) {
            found("V9", block, "is offline, and not isolated");
        }
    }

    private void checkPageblocks() {
        if (!zone.span().equals(ZoneSpan.of(zone.extent(), zone.blocks()))) {
            findings.add("V9: " + name() + " counts " + zone.span() + ", and has "
                    + ZoneSpan.of(zone.extent(), zone.blocks()));
        }
        int start = zone.extent().startFrame() & -PAGEBLOCK_NR_PAGES;
        for (int block = start; block < zone.extent().endFrame(); block += PAGEBLOCK_NR_PAGES) {
            if (zone.blocks().isOffline(block)) {
                checkOffline(block);
            } else if (zone.blocks().typeBeneathIsolation(block) == MigrateType.HIGHATOMIC.ordinal()) {
                pagesHighAtomic += PAGEBLOCK_NR_PAGES;
            }
        }
    }

    private void checkTotals() {
        expect("free pages", pagesOfTypes(0, MigrateType.ISOLATE.ordinal()), counters.pagesFree());
        expect("free CMA pages", pagesOfType(MigrateType.CMA), counters.pagesFreeCma());
        expect("free HighAtomic pages", pagesOfType(MigrateType.HIGHATOMIC), counters.pagesFreeHighAtomic());
        expect("isolated free pages", pagesOfType(MigrateType.ISOLATE), counters.pagesIsolated());
        expect("reserved HighAtomic pages", pagesHighAtomic, counters.pagesReservedHighAtomic());
        expect("managed pages", pagesInBlocks, zone.sizes().pagesManaged());
    }

    private long pagesOfType(MigrateType type) {
        return pagesOfTypes(type.ordinal(), type.ordinal() + 1);
    }

    private long pagesOfTypes(int from, int end) {
        long pages = 0;
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            for (int type = from; type < end; type++) {
                pages += (long) areas.blocks(order, type) << order;
            }
        }
        return pages;
    }

    private void expect(String what, long walked, long counted) {
        if (walked != counted) {
            findings.add("V6: " + name() + " has " + walked + " " + what + ", and counts " + counted);
        }
    }

    private void found(String invariant, int frame, String what) {
        if (findings.size() < FINDINGS_MAX) {
            findings.add(invariant + ": pfn " + map.pfn(frame) + " of " + name() + " " + what);
        }
    }

    private String name() {
        return "node " + zone.nid() + ", zone " + zone.extent().type().kernelName();
    }
}
