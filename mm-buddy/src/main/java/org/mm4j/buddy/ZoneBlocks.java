package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import org.mm4j.api.MigrateType;

/**
 * Takes whole pageblocks out of a zone, and brings them back, each time under one hold of its lock.
 *
 * <p>In Linux 6.18: mm/memory_hotplug.c, __offline_isolated_pages(), adjust_managed_page_count(), online_pages_range().
 */
final class ZoneBlocks {
    private static final int HIGHATOMIC = MigrateType.HIGHATOMIC.ordinal();

    private ZoneBlocks() {}

    /**
     * Takes pageblocks out if all of their frames are free and isolated: they are reserved then, and offline.
     *
     * @param isolation of the zone
     * @param type that they have when they come back
     * @param next what the zone has without them
     */
    static boolean takeOffline(Zone zone, Isolation isolation, int startFrame, int endFrame, int type, ZoneSizes next) {
        PageBlocks blocks = zone.blocks();
        ZoneSpan span = ZoneSpan.of(zone.extent(), blocks, startFrame, endFrame, true);
        zone.lock().lock();
        try {
            if (!isolation.takeAway(startFrame, endFrame)) {
                return false;
            }
            for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
                if (blocks.typeBeneathIsolation(block) == HIGHATOMIC) {
                    zone.counters().addReservedHighAtomic(-PAGEBLOCK_NR_PAGES);
                }
                blocks.setOffline(block, type);
            }
            zone.change(span, next);
            return true;
        } finally {
            zone.lock().unlock();
        }
    }

    /** Brings pageblocks back that are offline: all of their frames are free. */
    static void bringOnline(Zone zone, int startFrame, int endFrame, ZoneSizes next) {
        PageBlocks blocks = zone.blocks();
        ZoneSpan span = ZoneSpan.of(zone.extent(), blocks, startFrame, endFrame, false);
        zone.lock().lock();
        try {
            for (int block = startFrame; block < endFrame; block += PAGEBLOCK_NR_PAGES) {
                blocks.setOnline(block);
            }
            zone.freeReserved(startFrame, endFrame);
            zone.change(span, next);
        } finally {
            zone.lock().unlock();
        }
    }
}
