package org.mm4j.kernel.events;

import org.mm4j.api.PageCache;
import org.mm4j.api.PageZone;
import org.mm4j.api.Tracepoints;

/**
 * A zone that tells what its page cache takes and gives back. A kernel without events has none, so that the caches pay
 * nothing.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, trace_mm_page_alloc_zone_locked() with percpu_refill=1, trace_mm_page_pcpu_drain().
 *
 * @param zone the zone
 * @param trace who is told, under the zone lock
 */
public record TracedZone(PageZone zone, Tracepoints trace) implements PageZone {
    /** Makes page caches in front of such zones. */
    public static PageCache.Maker between(PageCache.Maker maker, Tracepoints trace) {
        return (zone, size) -> maker.over(new TracedZone(zone, trace), size);
    }

    @Override
    public void lock() {
        zone.lock();
    }

    @Override
    public void unlock() {
        zone.unlock();
    }

    @Override
    public int takeLocked(int order, int type, int flags, boolean isFirst, int slot) {
        int frame = zone.takeLocked(order, type, flags, isFirst, slot);
        if (frame != NONE) {
            trace.mmPageAllocZoneLocked(zone.pfn(frame), order, type);
        }
        return frame;
    }

    @Override
    public void freeLocked(int frame, int order, int slot) {
        trace.mmPagePcpuDrain(zone.pfn(frame), order, zone.typeToCache(frame));
        zone.freeLocked(frame, order, slot);
    }

    @Override
    public int typeToCache(int frame) {
        return zone.typeToCache(frame);
    }

    @Override
    public boolean claim(int frame, int order, int slot) {
        return zone.claim(frame, order, slot);
    }

    @Override
    public void handOut(int frame, int slot, long wanted) {
        zone.handOut(frame, slot, wanted);
    }

    @Override
    public boolean isBelowHigh() {
        return zone.isBelowHigh();
    }

    @Override
    public boolean isReclaimActive() {
        return zone.isReclaimActive();
    }

    @Override
    public void blocksCameBack() {
        zone.blocksCameBack();
    }

    @Override
    public long pfn(int frame) {
        return zone.pfn(frame);
    }
}
