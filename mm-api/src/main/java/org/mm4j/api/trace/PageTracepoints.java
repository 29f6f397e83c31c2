package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/**
 * Tracepoints of pages, free lists and page caches, and the sizes of zones. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
public interface PageTracepoints {
    /** A request for pages, also one in vain. */
    default void mmPageAlloc(long pfn, int order, int migratetype, int gfp) {}

    /**
     * A block leaves a free list for a request, under the zone lock.
     *
     * @param migratetype of the list
     * @param percpuRefill whether a page cache may have such blocks
     */
    default void mmPageAllocZoneLocked(long pfn, int order, int migratetype, boolean percpuRefill) {}

    /** A block is given back. Before it happens. */
    default void mmPageFree(long pfn, int order) {}

    /** A block leaves a page cache for its zone, under the zone lock. */
    default void mmPagePcpuDrain(long pfn, int order, int migratetype) {}

    /** A block leaves its zone for a page cache, under the zone lock. */
    default void mmPagePcpuRefill(long pfn, int order, int migratetype) {}

    /**
     * A block of another migrate type serves a request, under the zone lock.
     *
     * @param fallbackOrder of the block that was taken from
     * @param changeOwnership whether its pageblock has the type of the request now
     */
    default void mmPageAllocExtfrag(
            long pfn,
            int allocOrder,
            int fallbackOrder,
            int allocMigratetype,
            int fallbackMigratetype,
            boolean changeOwnership) {}

    /** A zone has its watermarks, in pages: at boot, and when memory has come or gone. */
    default void mmSetupPerZoneWmarks(
            int nodeId, ZoneType name, long watermarkMin, long watermarkLow, long watermarkHigh, long watermarkPromo) {}

    /** A zone keeps so many pages from requests that {@code upperName} could have served. */
    default void mmSetupPerZoneLowmemReserve(int nodeId, ZoneType name, ZoneType upperName, long lowmemReserve) {}

    /** What ordinary requests do not get of all zones together, in pages. */
    default void mmCalculateTotalreservePages(long totalreservePages) {}
}
