package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of pages. */
interface GuardedPageTracepoints extends PageTracepoints {
    /** Who is told. */
    PageTracepoints told();

    @Override
    default void mmPageAlloc(long pfn, int order, int migratetype, int gfp) {
        try {
            told().mmPageAlloc(pfn, order, migratetype, gfp);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmPageAllocZoneLocked(long pfn, int order, int migratetype, boolean percpuRefill) {
        try {
            told().mmPageAllocZoneLocked(pfn, order, migratetype, percpuRefill);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmPageFree(long pfn, int order) {
        try {
            told().mmPageFree(pfn, order);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmPagePcpuDrain(long pfn, int order, int migratetype) {
        try {
            told().mmPagePcpuDrain(pfn, order, migratetype);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmPagePcpuRefill(long pfn, int order, int migratetype) {
        try {
            told().mmPagePcpuRefill(pfn, order, migratetype);
        } catch (Throwable _) {
            // the event is lost
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
        try {
            told().mmPageAllocExtfrag(
                            pfn, allocOrder, fallbackOrder, allocMigratetype, fallbackMigratetype, changeOwnership);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmSetupPerZoneWmarks(
            int nodeId, ZoneType name, long watermarkMin, long watermarkLow, long watermarkHigh, long watermarkPromo) {
        try {
            told().mmSetupPerZoneWmarks(nodeId, name, watermarkMin, watermarkLow, watermarkHigh, watermarkPromo);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmSetupPerZoneLowmemReserve(int nodeId, ZoneType name, ZoneType upperName, long lowmemReserve) {
        try {
            told().mmSetupPerZoneLowmemReserve(nodeId, name, upperName, lowmemReserve);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCalculateTotalreservePages(long totalreservePages) {
        try {
            told().mmCalculateTotalreservePages(totalreservePages);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
