package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_ORDER_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageCache;
import org.mm4j.api.SlotGate;
import org.mm4j.api.ZoneType;

/**
 * All zones of all nodes over one map of frames, and which zone a frame belongs to.
 *
 * <p>In Linux 6.18: mm/mm_init.c, free_area_init(); page_zone(). Differs: a frame's zone is found by its pageblock, not
 * in its flags.
 */
final class Zones {
    private final MemMap map;
    private final PageBlocks blocks;
    private final BuddyConfig config;

    /** Frames handed out now; at nid, by zone. Changes with memory blocks, one at a time. */
    private final List<long[]> managed;

    private volatile List<ZoneSizes> sizes;
    private final boolean groupsByMobility;
    private final int nodes;

    /** At {@code nid · 5 + type}; null where a node has no such zone. */
    private final @Nullable Zone[] byNode;

    private final List<Zone> populated = new ArrayList<>();

    /** Null where a pageblock has frames of several zones, or of none. */
    private final @Nullable Zone[] byPageblock;

    private final @Nullable SlotGate gate;

    /** All frames free, in the largest blocks. */
    Zones(BuddyConfig config) {
        nodes = config.nodes().size();
        this.config = config;
        managed = config.nodes().stream()
                .map(node -> node.managedByZone(config.blocks()))
                .toList();
        sizes = sizes(managed);
        groupsByMobility = groupsByMobility(
                sizes(config.nodes().stream().map(NodeLayout::managedByZone).toList()));
        map = map(config.nodes());
        MigrateType first = groupsByMobility ? MigrateType.MOVABLE : MigrateType.UNMOVABLE;
        blocks = new PageBlocks(map.frames(), first.ordinal());
        closeOffline(config, first.ordinal());
        byNode = new Zone[nodes * ZoneType.COUNT];
        byPageblock = new Zone[map.frames() >> PAGEBLOCK_ORDER];
        for (int nid = 0; nid < nodes; nid++) {
            for (ZoneLayout layout : byAddress(config.nodes().get(nid))) {
                add(nid, layout, config);
            }
        }
        fillPageblocks();
        gate = commonGate();
        SizingTrace.tell(sizes, config.trace());
    }

    private List<ZoneSizes> sizes(List<long[]> managedByNode) {
        int[] cpus = config.nodes().stream().mapToInt(NodeLayout::cpus).toArray();
        return ZoneSizing.of(managedByNode, config.settings(), cpus);
    }

    private void closeOffline(BuddyConfig config, int type) {
        for (FrameRange range : config.blocks().offline()) {
            if (!map.contains(range.startPfn()) || !map.contains(range.endPfn() - 1)) {
                throw new IllegalArgumentException("frames " + range.startPfn() + " to " + range.endPfn()
                        + " cannot be offline: no zone has them");
            }
            for (long pfn = range.startPfn(); pfn < range.endPfn(); pfn += PAGEBLOCK_NR_PAGES) {
                blocks.setOffline(map.frame(pfn), type);
            }
        }
    }

    /** What all zones would have if one of them had so many pages more. */
    List<ZoneSizes> sizesWith(Zone zone, long pagesMore) {
        List<long[]> next = managed.stream().map(long[]::clone).toList();
        next.get(zone.nid())[zone.extent().type().ordinal()] += pagesMore;
        return sizes(next);
    }

    /** One zone has become larger or smaller, and so all get other watermarks, reserves and sizes of their page caches. */
    void resize(List<ZoneSizes> next) {
        sizes = next;
        for (ZoneSizes each : next) {
            managed.get(each.nid())[each.type().ordinal()] = each.pagesManaged();
        }
        for (Zone zone : populated) {
            ZoneSizes ofZone = sizes(zone.nid(), zone.extent().type());
            zone.resize(ofZone);
            PageCache cache = zone.cache();
            if (cache != null) {
                cache.resize(ofZone.pageSet());
            }
        }
        SizingTrace.tell(next, config.trace());
    }

    /** Small machines have too few pageblocks to keep the mobilities apart. */
    private static boolean groupsByMobility(List<ZoneSizes> sizes) {
        long pages = sizes.stream()
                .mapToLong(zone ->
                        Math.max(0, zone.pagesManaged() - zone.watermarks().high()))
                .sum();
        return pages >= (long) PAGEBLOCK_NR_PAGES * MigrateType.COUNT;
    }

    private static List<ZoneLayout> byAddress(NodeLayout node) {
        return node.zones().stream()
                .sorted(Comparator.comparing(ZoneLayout::type))
                .toList();
    }

    private static MemMap map(List<NodeLayout> nodes) {
        List<FrameRange> spans = nodes.stream()
                .flatMap(node -> node.zones().stream())
                .map(ZoneLayout::span)
                .sorted(Comparator.comparingLong(FrameRange::startPfn))
                .toList();
        if (spans.isEmpty()) {
            throw new IllegalArgumentException("an allocator has 1 zone or more, not 0");
        }
        for (int each = 1; each < spans.size(); each++) {
            if (spans.get(each).overlaps(spans.get(each - 1))) {
                throw new IllegalArgumentException("zones do not overlap, but two have frame "
                        + spans.get(each).startPfn());
            }
        }
        long start = spans.getFirst().startPfn() & -(long) MAX_ORDER_NR_PAGES;
        long end = (spans.getLast().endPfn() + MAX_ORDER_NR_PAGES - 1) & -(long) MAX_ORDER_NR_PAGES;
        int listHeads = spans.size() * FreeAreas.LIST_HEADS;
        if (end - start > FrameWord.LINKS_MAX - listHeads) {
            throw new IllegalArgumentException("frames " + start + " to " + end + " are more than the "
                    + (FrameWord.LINKS_MAX - listHeads) + " that one allocator can have");
        }
        return new MemMap(start, (int) (end - start), listHeads);
    }

    private void add(int nid, ZoneLayout layout, BuddyConfig config) {
        int start = map.frame(layout.span().startPfn());
        int end = (int) (layout.span().endPfn() - map.firstPfn());
        int firstListHead = map.frames() + populated.size() * FreeAreas.LIST_HEADS;
        ZoneExtent extent = new ZoneExtent(nid, layout.type(), start, end, layout.holes(), firstListHead);
        int index = nid * ZoneType.COUNT + layout.type().ordinal();
        Zone zone = new Zone(extent, sizes.get(index), config, map, blocks, groupsByMobility);
        byNode[index] = zone;
        populated.add(zone);
        freeAll(zone, layout);
    }

    /** Frees what is neither a hole nor reserved. Frame 0 is never handed out. */
    private void freeAll(Zone zone, ZoneLayout layout) {
        long pfn = Math.max(1, layout.span().startPfn());
        for (FrameRange cut : layout.cuts(config.blocks())) {
            freeBetween(zone, pfn, cut.startPfn());
            pfn = Math.max(pfn, cut.endPfn());
        }
        freeBetween(zone, pfn, layout.span().endPfn());
    }

    private void freeBetween(Zone zone, long startPfn, long endPfn) {
        if (startPfn < endPfn) {
            zone.freeAtBoot((int) (startPfn - map.firstPfn()), (int) (endPfn - map.firstPfn()));
        }
    }

    private @Nullable SlotGate commonGate() {
        List<SlotGate> gates = populated.stream()
                .map(Zone::cache)
                .filter(Objects::nonNull)
                .map(PageCache::gate)
                .distinct()
                .toList();
        if (gates.size() > 1) {
            throw new IllegalArgumentException(
                    "the page caches of an allocator share a gate, but these have " + gates.size());
        }
        return gates.isEmpty() ? null : gates.getFirst();
    }

    private void fillPageblocks() {
        int[] zonesIn = new int[byPageblock.length];
        for (Zone zone : populated) {
            ZoneExtent extent = zone.extent();
            for (int block = extent.startFrame() >> PAGEBLOCK_ORDER;
                    block <= (extent.endFrame() - 1) >> PAGEBLOCK_ORDER;
                    block++) {
                byPageblock[block] = zonesIn[block]++ == 0 ? zone : null;
            }
        }
    }

    /** The zone of a frame that is handed out. */
    Zone zoneOf(int frame) {
        Zone zone = byPageblock[frame >> PAGEBLOCK_ORDER];
        return zone != null ? zone : zoneAt(frame);
    }

    /** The zone of any frame; a pageblock may end in frames that no zone has. */
    Zone zoneAt(int frame) {
        for (int index = 0; index < populated.size(); index++) { // an iterator would be an object
            if (populated.get(index).extent().contains(frame)) {
                return populated.get(index);
            }
        }
        throw Refusal.refused(map.pfn(frame), "it is in no zone");
    }

    /** A node's zone, or null when it has none of the type. */
    @Nullable
    Zone zone(int nid, ZoneType type) {
        return byNode[nid * ZoneType.COUNT + type.ordinal()];
    }

    ZoneSizes sizes(int nid, ZoneType type) {
        return sizes.get(nid * ZoneType.COUNT + type.ordinal());
    }

    /** The types of all pageblocks. */
    PageBlocks blockTypes() {
        return blocks;
    }

    /** The zones that have frames. */
    List<Zone> populated() {
        return populated;
    }

    int nodes() {
        return nodes;
    }

    /** The gate of all page caches, or null. */
    @Nullable
    SlotGate gate() {
        return gate;
    }

    MemMap map() {
        return map;
    }

    /** Whether pages of different mobility are kept apart. */
    boolean groupsByMobility() {
        return groupsByMobility;
    }
}
