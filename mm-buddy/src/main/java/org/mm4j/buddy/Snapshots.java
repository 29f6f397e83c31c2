package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Takes snapshots of zones, each under its lock. */
final class Snapshots {
    private static final FreeBlocks NOTHING_FREE =
            new FreeBlocks(new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT]);
    private static final List<Long> NO_PAGEBLOCKS = Collections.nCopies(MigrateType.COUNT, 0L);
    private static final NumaStats NO_STATS = new NumaStats(0, 0, 0, 0, 0);

    private final Zones zones;
    private final int cpus;

    Snapshots(Zones zones, BuddyConfig config) {
        this.zones = zones;
        cpus = config.nodes().stream().mapToInt(NodeLayout::cpus).sum();
    }

    List<NodeSnapshot> ofNodes() {
        List<NodeSnapshot> nodes = new ArrayList<>();
        for (int nid = 0; nid < zones.nodes(); nid++) {
            List<ZoneSnapshot> ofNode = new ArrayList<>();
            for (ZoneType type : ZoneType.values()) {
                Zone zone = zones.zone(nid, type);
                ofNode.add(zone == null ? ofNothing(zones.sizes(nid, type)) : ofZone(zone));
            }
            nodes.add(new NodeSnapshot(nid, ofNode));
        }
        return nodes;
    }

    private ZoneSnapshot ofZone(Zone zone) {
        ZoneExtent extent = zone.extent();
        zone.lock().lock();
        try {
            ZoneSizes sizes = zone.sizes();
            ZoneSpan span = zone.span();
            return new ZoneSnapshot(
                    extent.nid(),
                    extent.type(),
                    span.pagesPresent() == 0 ? 0 : zone.map().pfn(span.startFrame()),
                    span.pagesSpanned(),
                    span.pagesPresent(),
                    sizes.pagesManaged(),
                    zone.counters().pagesFree(),
                    zone.areas().pagesInPageblocks(),
                    zone.counters().pagesFreeCma(),
                    zone.counters().pagesReservedHighAtomic(),
                    zone.counters().pagesFreeHighAtomic(),
                    sizes.watermarks(),
                    zone.marks().boostOpaque(),
                    sizes.lowmemReserve(),
                    zone.areas().snapshot(),
                    pageblocks(zone),
                    numa(zone),
                    sizes.vmstatThreshold(),
                    pageSets(zone));
        } finally {
            zone.lock().unlock();
        }
    }

    /** Pageblocks by type, counted as the kernel does: one at every 512th frame from the zone's first, if it exists. */
    private static List<Long> pageblocks(Zone zone) {
        long[] counts = new long[MigrateType.COUNT];
        ZoneExtent extent = zone.extent();
        for (int frame = extent.startFrame(); frame < extent.endFrame(); frame += PAGEBLOCK_NR_PAGES) {
            if (!extent.isHole(zone.map().pfn(frame)) && !zone.blocks().isOffline(frame)) {
                counts[zone.blocks().type(frame)]++;
            }
        }
        List<Long> list = new ArrayList<>();
        for (long count : counts) {
            list.add(count);
        }
        return list;
    }

    /** Those of the zone, and those that its cache served. */
    private static NumaStats numa(Zone zone) {
        NumaStats own = zone.counters().numa();
        PageCache cache = zone.cache();
        if (cache == null) {
            return own;
        }
        long[] visits = new long[4];
        Arrays.setAll(visits, cache::visits);
        return new NumaStats(
                own.hit() + visits[1] + visits[3],
                own.miss() + visits[0] + visits[2],
                own.foreign(),
                own.local() + visits[2] + visits[3],
                own.other() + visits[0] + visits[1]);
    }

    /** One for each CPU; empty ones where the zone has no cache. */
    private List<PageSetSnapshot> pageSets(Zone zone) {
        PageCache cache = zone.cache();
        if (cache != null) {
            return cache.snapshot();
        }
        List<PageSetSnapshot> sets = new ArrayList<>();
        for (int cpu = 0; cpu < cpus; cpu++) {
            sets.add(new PageSetSnapshot(cpu, 0, 0, zone.sizes().pageSet()));
        }
        return sets;
    }

    private static ZoneSnapshot ofNothing(ZoneSizes sizes) {
        return new ZoneSnapshot(
                sizes.nid(),
                sizes.type(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                sizes.watermarks(),
                0,
                sizes.lowmemReserve(),
                NOTHING_FREE,
                NO_PAGEBLOCKS,
                NO_STATS,
                sizes.vmstatThreshold(),
                List.of());
    }
}
