package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

/**
 * What follows from a zone's size and the settings.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __setup_per_zone_wmarks(), setup_per_zone_lowmem_reserve(),
 * zone_set_pageset_high_and_batch().
 *
 * @param nid the node
 * @param type which of its zones
 * @param pagesManaged frames that the allocator hands out
 * @param watermarks without boost
 * @param lowmemReserve pages kept from requests that could have been served by zone 0 to 4
 * @param pageSet limits of each CPU's page cache
 * @param vmstatThreshold how far one CPU's counters may drift
 */
public record ZoneSizes(
        int nid,
        ZoneType type,
        long pagesManaged,
        Watermarks watermarks,
        List<Long> lowmemReserve,
        PageSetSize pageSet,
        int vmstatThreshold) {
    /** Copies the list. */
    public ZoneSizes {
        lowmemReserve = List.copyOf(lowmemReserve);
    }
}
