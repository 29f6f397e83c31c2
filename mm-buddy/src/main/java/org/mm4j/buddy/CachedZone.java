package org.mm4j.buddy;

import org.mm4j.api.MigrateType;
import org.mm4j.api.PageZone;
import org.mm4j.api.ZoneType;

/**
 * The zone as the page cache in front of it sees it. A cached block's word names the slot that has it: a block that two
 * threads free at the same time gets on two lists, but only the one that its word names can hand it out.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, rmqueue_bulk(), free_pcppages_bulk().
 */
final class CachedZone implements PageZone {
    private static final int ISOLATE = MigrateType.ISOLATE.ordinal();
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();

    private final Zone zone;
    private final MemMap map;
    private final Speculation speculation;

    CachedZone(Zone zone, Speculation speculation) {
        this.zone = zone;
        this.map = zone.map();
        this.speculation = speculation;
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
        return frame;
    }

    @Override
    public boolean freeLocked(int frame, int order, int slot) {
        if (map.wordOpaque(frame) != FrameWord.cached(order, slot)) {
            return false;
        }
        zone.buddies().free(frame, order, false);
        return true;
    }

    @Override
    public int typeToCache(int frame) {
        int type = zone.blocks().type(frame);
        if (type < MigrateType.PCPTYPES) {
            return type;
        }
        return type == ISOLATE ? NONE : MOVABLE;
    }

    @Override
    public boolean claim(int frame, int order, int slot) {
        if (speculation.isRunning()) {
            return false;
        }
        long word = map.wordAcquire(frame); // [references.A2] pairs with [references.R1]: others may have held it too
        if (!FrameWord.hasOneReference(word, order)) {
            return false;
        }
        map.setWordOpaque(frame, FrameWord.cached(order, slot));
        return true;
    }

    @Override
    public boolean handOut(int frame, int slot, long wanted) {
        if (map.wordOpaque(frame) != FrameWord.cached(FrameWord.order(wanted), slot)) {
            return false;
        }
        map.setWordOpaque(frame, wanted);
        return true;
    }

    @Override
    public boolean isBelowHigh() {
        return zone.marks().isBelowHigh();
    }

    @Override
    public boolean isReclaimActive() {
        return false;
    }

    @Override
    public void blocksCameBack() {
        ZoneMarks marks = zone.marks();
        long high = marks.mark(AllocFlags.WMARK_HIGH);
        if (marks.isBelowHigh() && WatermarkTest.passes(zone, 0, high, ZoneType.MOVABLE.ordinal(), 0)) {
            marks.setBelowHigh(false);
        }
    }
}
