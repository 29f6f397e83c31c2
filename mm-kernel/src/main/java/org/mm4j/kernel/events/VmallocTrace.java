package org.mm4j.kernel.events;

import org.mm4j.api.trace.VmallocTracepoints;
import org.mm4j.kernel.events.VmallocEvents.AllocVmapArea;
import org.mm4j.kernel.events.VmallocEvents.FreeVmapAreaNoflush;
import org.mm4j.kernel.events.VmallocEvents.PurgeVmapAreaLazy;

/** The part of {@link FlightRecorderTrace} that tells of addresses of vmalloc. */
interface VmallocTrace extends VmallocTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    AllocVmapArea ALLOC_VMAP_AREA = new AllocVmapArea();
    PurgeVmapAreaLazy PURGE_VMAP_AREA_LAZY = new PurgeVmapAreaLazy();
    FreeVmapAreaNoflush FREE_VMAP_AREA_NOFLUSH = new FreeVmapAreaNoflush();

    @Override
    default void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {
        if (ALLOC_VMAP_AREA.isEnabled()) {
            var event = new AllocVmapArea();
            event.vaStart = vaStart;
            event.size = size;
            event.align = align;
            event.vstart = vstart;
            event.vend = vend;
            event.failed = failed;
            event.commit();
        }
    }

    @Override
    default void purgeVmapAreaLazy(long start, long end, int numPurged) {
        if (PURGE_VMAP_AREA_LAZY.isEnabled()) {
            var event = new PurgeVmapAreaLazy();
            event.start = start;
            event.end = end;
            event.numPurged = numPurged;
            event.commit();
        }
    }

    @Override
    default void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {
        if (FREE_VMAP_AREA_NOFLUSH.isEnabled()) {
            var event = new FreeVmapAreaNoflush();
            event.vaStart = vaStart;
            event.nrLazy = nrLazy;
            event.nrLazyMax = nrLazyMax;
            event.commit();
        }
    }
}
