package org.mm4j.kernel.events;

import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.Gfp;
import org.mm4j.api.Tracepoints;

/**
 * Those of objects and pages of {@link FlightRecorderTrace}.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
abstract sealed class KmemTrace implements Tracepoints permits FlightRecorderTrace {
    // Objects.

    @Override
    public void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node) {
        try {
            var event = new ObjectEvents.Kmalloc();
            if (event.isEnabled()) {
                event.ptr = ptr;
                event.bytesReq = bytesReq;
                event.bytesAlloc = bytesAlloc;
                event.gfpFlags = Gfp.format(gfp);
                event.node = node;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void kfree(long ptr) {
        try {
            var event = new ObjectEvents.Kfree();
            if (event.isEnabled()) {
                event.ptr = ptr;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void kmemCacheAlloc(long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node) {
        try {
            var event = new ObjectEvents.KmemCacheAlloc();
            if (event.isEnabled()) {
                event.ptr = ptr;
                event.name = name;
                event.bytesReq = bytesReq;
                event.bytesAlloc = bytesAlloc;
                event.gfpFlags = Gfp.format(gfp);
                event.node = node;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void kmemCacheFree(long ptr, String name) {
        try {
            var event = new ObjectEvents.KmemCacheFree();
            if (event.isEnabled()) {
                event.ptr = ptr;
                event.name = name;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    // Pages.

    @Override
    public void mmPageAllocZoneLocked(long pfn, int order, int migratetype) {
        try {
            var event = new ZoneEvents.PageAllocZoneLocked();
            if (event.isEnabled()) {
                event.pfn = pfn;
                event.order = order;
                event.migratetype = migratetype;
                event.percpuRefill = 1;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmPagePcpuDrain(long pfn, int order, int migratetype) {
        try {
            var event = new ZoneEvents.PagePcpuDrain();
            if (event.isEnabled()) {
                event.pfn = pfn;
                event.order = order;
                event.migratetype = migratetype;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmPageAllocExtfrag(
            long pfn, int allocOrder, int fallbackOrder, int allocType, int fallbackType, boolean ownsBlock) {
        try {
            var event = new ZoneEvents.PageAllocExtfrag();
            if (event.isEnabled()) {
                event.pfn = pfn;
                event.allocOrder = allocOrder;
                event.fallbackOrder = fallbackOrder;
                event.pageblockOrder = PAGEBLOCK_ORDER;
                event.allocMigratetype = allocType;
                event.fallbackMigratetype = fallbackType;
                event.fragmenting = fallbackOrder < PAGEBLOCK_ORDER;
                event.changeOwnership = ownsBlock;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }
}
