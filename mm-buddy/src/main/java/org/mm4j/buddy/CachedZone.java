package org.mm4j.buddy;

import org.mm4j.api.MigrateType;
import org.mm4j.api.PageZone;
import org.mm4j.api.ZoneType;

/**
 * The zone as the page cache in front of it sees it. A block gets into a cache by a compare-and-set on its word: of several
 * threads that free it at the same time, or take a reference meanwhile, one wins. The word then names the slot that has the
 * block; nobody else touches it, so it leaves the cache by a plain store.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, rmqueue_bulk(), free_pcppages_bulk().
 */
final class CachedZone implements PageZone {
    private static final int ISOLATE = MigrateType.ISOLATE.ordinal();
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();

    private final Zone zone;
    private final MemMap map;
    private final PageBlocks blocks;
    private final ZoneMarks marks;

    CachedZone(Zone zone) {
        this.zone = zone;
        map = zone.map();
        blocks = zone.blocks();
        marks = zone.marks();
    }

    @Override
    public void lock() {
        zone.lock().lock();
    }

    @Override
    public void unlock() {
        zone.lock().unlock();
    }

    @Override
    public int takeLocked(int order, int type, int flags, boolean isFirst, int slot) {
        Fallback fallback = zone.fallback();
        int frame = isFirst ? fallback.takeFirst(order, type, flags) : fallback.takeNext(order, type, flags);
        if (frame == FreeAreas.NONE) {
            return NONE;
        }
        map.setWordOpaque(frame, FrameWord.cached(order, slot));
        zone.trace().mmPagePcpuRefill(map.pfn(frame), order, blocks.type(frame));
        return frame;
    }

    @Override
    public void freeLocked(int frame, int order, int slot) {
        assert map.wordOpaque(frame) == FrameWord.cached(order, slot);
        zone.trace().mmPagePcpuDrain(map.pfn(frame), order, blocks.type(frame));
        zone.buddies().free(frame, order, false);
    }

    @Override
    public int typeToCache(int frame) {
        int type = blocks.type(frame);
        if (type < MigrateType.PCPTYPES) {
            return type;
        }
        return type == ISOLATE ? NONE : MOVABLE;
    }

    @Override
    public boolean claim(int frame, int order, int slot) {
        long word = map.wordOpaque(frame);
        return FrameWord.hasOneReference(word, order)
                && map.casWord(
                        frame, word, FrameWord.cached(order, slot)); // [references.A2] pairs with [references.R1]
    }

    @Override
    public void handOut(int frame, int slot, long wanted) {
        assert map.wordOpaque(frame) == FrameWord.cached(FrameWord.order(wanted), slot);
        map.setWordOpaque(frame, wanted);
    }

    @Override
    public long pfn(int frame) {
        return map.pfn(frame);
    }

    @Override
    public boolean isBelowHigh() {
        return marks.isBelowHigh();
    }

    @Override
    public boolean isReclaimActive() {
        return marks.isReclaimActive();
    }

    @Override
    public void blocksCameBack() {
        long high = marks.mark(AllocFlags.WMARK_HIGH);
        if (marks.isBelowHigh() && WatermarkTest.passes(zone, 0, high, ZoneType.MOVABLE.ordinal(), 0)) {
            marks.setBelowHigh(false);
        }
    }
}
