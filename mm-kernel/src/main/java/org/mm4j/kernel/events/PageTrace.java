package org.mm4j.kernel.events;

import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.Gfp;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.PageTracepoints;
import org.mm4j.kernel.events.PageEvents.CachedBlock;
import org.mm4j.kernel.events.PageEvents.CalculateTotalreservePages;
import org.mm4j.kernel.events.PageEvents.PageAlloc;
import org.mm4j.kernel.events.PageEvents.PageAllocExtfrag;
import org.mm4j.kernel.events.PageEvents.PageAllocZoneLocked;
import org.mm4j.kernel.events.PageEvents.PageFree;
import org.mm4j.kernel.events.PageEvents.PagePcpuDrain;
import org.mm4j.kernel.events.PageEvents.PagePcpuRefill;
import org.mm4j.kernel.events.PageEvents.SetupPerZoneLowmemReserve;
import org.mm4j.kernel.events.PageEvents.SetupPerZoneWmarks;

/** The part of {@link FlightRecorderTrace} that tells of pages. */
interface PageTrace extends PageTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    PageAlloc PAGE_ALLOC = new PageAlloc();
    PageAllocZoneLocked PAGE_ALLOC_ZONE_LOCKED = new PageAllocZoneLocked();
    PageFree PAGE_FREE = new PageFree();
    PagePcpuDrain PAGE_PCPU_DRAIN = new PagePcpuDrain();
    PagePcpuRefill PAGE_PCPU_REFILL = new PagePcpuRefill();
    PageAllocExtfrag PAGE_ALLOC_EXTFRAG = new PageAllocExtfrag();
    SetupPerZoneWmarks SETUP_PER_ZONE_WMARKS = new SetupPerZoneWmarks();
    SetupPerZoneLowmemReserve SETUP_PER_ZONE_LOWMEM_RESERVE = new SetupPerZoneLowmemReserve();
    CalculateTotalreservePages CALCULATE_TOTALRESERVE_PAGES = new CalculateTotalreservePages();

    @Override
    default void mmPageAlloc(long pfn, int order, int migratetype, int gfp) {
        if (PAGE_ALLOC.isEnabled()) {
            var event = new PageAlloc();
            event.pfn = pfn;
            event.order = order;
            event.migratetype = migratetype;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    default void mmPageAllocZoneLocked(long pfn, int order, int migratetype, boolean percpuRefill) {
        if (PAGE_ALLOC_ZONE_LOCKED.isEnabled()) {
            var event = new PageAllocZoneLocked();
            event.pfn = pfn;
            event.order = order;
            event.migratetype = migratetype;
            event.percpuRefill = percpuRefill;
            event.commit();
        }
    }

    @Override
    default void mmPageFree(long pfn, int order) {
        if (PAGE_FREE.isEnabled()) {
            var event = new PageFree();
            event.pfn = pfn;
            event.order = order;
            event.commit();
        }
    }

    @Override
    default void mmPagePcpuDrain(long pfn, int order, int migratetype) {
        if (PAGE_PCPU_DRAIN.isEnabled()) {
            cachedBlock(new PagePcpuDrain(), pfn, order, migratetype);
        }
    }

    @Override
    default void mmPagePcpuRefill(long pfn, int order, int migratetype) {
        if (PAGE_PCPU_REFILL.isEnabled()) {
            cachedBlock(new PagePcpuRefill(), pfn, order, migratetype);
        }
    }

    @Override
    default void mmPageAllocExtfrag(
            long pfn,
            int allocOrder,
            int fallbackOrder,
            int allocMigratetype,
            int fallbackMigratetype,
            boolean changeOwnership) {
        if (PAGE_ALLOC_EXTFRAG.isEnabled()) {
            var event = new PageAllocExtfrag();
            event.pfn = pfn;
            event.allocOrder = allocOrder;
            event.fallbackOrder = fallbackOrder;
            event.pageblockOrder = PAGEBLOCK_ORDER;
            event.allocMigratetype = allocMigratetype;
            event.fallbackMigratetype = fallbackMigratetype;
            event.fragmenting = fallbackOrder < PAGEBLOCK_ORDER;
            event.changeOwnership = changeOwnership;
            event.commit();
        }
    }

    @Override
    default void mmSetupPerZoneWmarks(
            int nodeId, ZoneType name, long watermarkMin, long watermarkLow, long watermarkHigh, long watermarkPromo) {
        if (SETUP_PER_ZONE_WMARKS.isEnabled()) {
            var event = new SetupPerZoneWmarks();
            event.nodeId = nodeId;
            event.name = name.kernelName();
            event.watermarkMin = watermarkMin;
            event.watermarkLow = watermarkLow;
            event.watermarkHigh = watermarkHigh;
            event.watermarkPromo = watermarkPromo;
            event.commit();
        }
    }

    @Override
    default void mmSetupPerZoneLowmemReserve(int nodeId, ZoneType name, ZoneType upperName, long lowmemReserve) {
        if (SETUP_PER_ZONE_LOWMEM_RESERVE.isEnabled()) {
            var event = new SetupPerZoneLowmemReserve();
            event.nodeId = nodeId;
            event.name = name.kernelName();
            event.upperName = upperName.kernelName();
            event.lowmemReserve = lowmemReserve;
            event.commit();
        }
    }

    @Override
    default void mmCalculateTotalreservePages(long totalreservePages) {
        if (CALCULATE_TOTALRESERVE_PAGES.isEnabled()) {
            var event = new CalculateTotalreservePages();
            event.totalreservePages = totalreservePages;
            event.commit();
        }
    }

    private static void cachedBlock(CachedBlock event, long pfn, int order, int migratetype) {
        event.pfn = pfn;
        event.order = order;
        event.migratetype = migratetype;
        event.commit();
    }
}
