package org.mm4j.buddy;

import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageZone;
import org.mm4j.api.SlotGate;
import org.mm4j.api.ZoneType;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.SharedGate;

/** One pageblock with a page in use and a page cache before it, which somebody closes and drains. */
class ClosedBlock {
    private static final int FRAMES = PageFrame.PAGEBLOCK_NR_PAGES;
    private static final long PFN = BuddyConfig.FIRST_PFN;

    private final Zones zones;
    private final References references;
    private final int frame;

    ClosedBlock() {
        SlotGate gate = new SharedGate(1, _ -> 0);
        PageCache.Maker maker = (zone, size) -> new PerCpuPages(gate, seen(zone), size, 1);
        ZoneLayout layout = ZoneLayout.of(ZoneType.NORMAL, PFN, PFN + FRAMES);
        zones = new Zones(BuddyConfig.ofNodes(NodeLayout.of(1, layout))
                .withSettings(ZoneSettings.NO_RESERVES)
                .withPageCaches(maker));
        references = new References(zones.map(), zones);
        frame = zone().take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
    }

    /** What the page cache sees of the zone. */
    PageZone seen(PageZone zone) {
        return zone;
    }

    private Zone zone() {
        return zones.populated().getFirst();
    }

    int frame() {
        return frame;
    }

    void free() {
        references.put(zones.map().pfn(frame));
    }

    /** What comes before the frames of a memory block are counted as free. */
    void closeAndDrain() {
        Zone zone = zone();
        zone.lock().lock();
        try {
            new Isolation(zone).isolate(0, FRAMES);
        } finally {
            zone.lock().unlock();
        }
        zone.drainCache();
    }

    boolean isCached() {
        return FrameWord.state(zones.map().wordOpaque(frame)) == FrameWord.CACHED;
    }
}
