package org.mm4j.api;

import java.util.List;

/**
 * One zone at one moment. Exact where the zone lock guards the value, which is everything but the page sets.
 *
 * <p>In Linux 6.18: {@code struct zone}, /proc/zoneinfo.
 *
 * @param nid the node
 * @param type which of the node's zones
 * @param startPfn the first frame
 * @param pagesSpanned frames from the first to the last, holes included
 * @param pagesPresent frames that exist
 * @param pagesManaged frames that the allocator hands out
 * @param pagesFree free frames, without isolated ones and those in per-CPU caches
 * @param pagesFreeBlocks free frames in blocks of at least a pageblock
 * @param pagesFreeCma free frames in CMA blocks
 * @param pagesReservedHighAtomic frames in pageblocks reserved for HIGHATOMIC requests
 * @param pagesFreeHighAtomic free ones of those
 * @param watermarks without the boost
 * @param boost pages by which every watermark is raised for now
 * @param lowmemReserve pages kept from requests that could have been served by zone 0, 1, …, 4
 * @param freeBlocks free blocks by order and type
 * @param pageblocks pageblocks by migrate type, in the order of {@link MigrateType}
 * @param numa how allocations met their node
 * @param vmstatThreshold how far one CPU's counters may drift in the kernel
 * @param pageSets the per-CPU caches
 */
public record ZoneSnapshot(
        int nid,
        ZoneType type,
        long startPfn,
        long pagesSpanned,
        long pagesPresent,
        long pagesManaged,
        long pagesFree,
        long pagesFreeBlocks,
        long pagesFreeCma,
        long pagesReservedHighAtomic,
        long pagesFreeHighAtomic,
        Watermarks watermarks,
        long boost,
        List<Long> lowmemReserve,
        FreeBlocks freeBlocks,
        List<Long> pageblocks,
        NumaStats numa,
        int vmstatThreshold,
        List<PageSetSnapshot> pageSets) {
    /** Copies the lists. */
    public ZoneSnapshot {
        lowmemReserve = List.copyOf(lowmemReserve);
        pageblocks = List.copyOf(pageblocks);
        pageSets = List.copyOf(pageSets);
    }

    /** Whether the zone has frames to hand out. */
    public boolean isPopulated() {
        return pagesPresent > 0;
    }
}
