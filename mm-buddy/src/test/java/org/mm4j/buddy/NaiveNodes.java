package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_ORDER_NR_PAGES;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/** The zones of the naive allocator, and in which order they serve the requests of a node. */
final class NaiveNodes {
    private static final int NODES_MAX = 64;

    final List<NaiveZone> zones = new ArrayList<>();
    final boolean groups;
    private final BuddyConfig config;
    private final List<List<Integer>> nodeOrders = new ArrayList<>();

    NaiveNodes(BuddyConfig config) {
        this.config = config;
        List<ZoneSizes> sizes = ZoneSizing.of(
                config.nodes().stream().map(NodeLayout::managedByZone).toList(),
                config.settings(),
                config.nodes().stream().mapToInt(NodeLayout::cpus).toArray());
        long aboveHigh = 0;
        for (ZoneSizes each : sizes) {
            aboveHigh += Math.max(0, each.pagesManaged() - each.watermarks().high());
        }
        groups = aboveHigh >= 512 * 6;
        NaivePageblocks blocks = new NaivePageblocks(groups ? MigrateType.MOVABLE : MigrateType.UNMOVABLE);
        for (int nid = 0; nid < config.nodes().size(); nid++) {
            for (ZoneLayout layout : config.nodes().get(nid).zones()) {
                ZoneSizes own = sizes.get(nid * ZoneType.COUNT + layout.type().ordinal());
                zones.add(new NaiveZone(nid, layout, own, config.settings(), blocks));
            }
        }
        orderNodes();
    }

    private void orderNodes() {
        int[] load = new int[config.nodes().size()];
        for (int local = 0; local < load.length; local++) {
            List<Integer> order = new ArrayList<>();
            int previous = local;
            int next = next(local, order, load);
            while (next >= 0) {
                load[next] += distance(local, next) != distance(local, previous) ? 1 : 0;
                order.add(next);
                previous = next;
                next = next(local, order, load);
            }
            nodeOrders.add(order);
        }
    }

    /** Itself first; then the one with the least distance and penalties; −1 when there is no other with memory. */
    private int next(int local, List<Integer> used, int[] load) {
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int nid = 0; nid < load.length; nid++) {
            if (used.contains(nid) || config.nodes().get(nid).zones().isEmpty()) {
                continue;
            }
            if (nid == local) {
                return local;
            }
            long cost = distance(local, nid) + (nid < local ? 1 : 0);
            cost += config.nodes().get(nid).cpus() > 0 ? 1 : 0;
            cost = cost * NODES_MAX + load[nid];
            if (cost < least) {
                least = cost;
                best = nid;
            }
        }
        return best;
    }

    private int distance(int from, int to) {
        if (!config.distances().isEmpty()) {
            return config.distances().get(from).get(to);
        }
        return from == to ? 10 : 20;
    }

    /** Node after node, in each from the highest zone allowed down. */
    List<NaiveZone> listFor(int nid, ZoneType highest, boolean onlyThisNode) {
        List<NaiveZone> list = new ArrayList<>();
        for (int node : onlyThisNode ? List.of(nid) : nodeOrders.get(nid)) {
            for (int type = highest.ordinal(); type >= 0; type--) {
                NaiveZone zone = zone(node, ZoneType.of(type));
                if (zone != null && zone.sizes.pagesManaged() > 0) {
                    list.add(zone);
                }
            }
        }
        return list;
    }

    @Nullable
    NaiveZone zone(int nid, ZoneType type) {
        for (NaiveZone zone : zones) {
            if (zone.nid == nid && zone.type == type) {
                return zone;
            }
        }
        return null;
    }

    /** The zone that has a frame. */
    @Nullable
    NaiveZone zoneAt(long pfn) {
        for (NaiveZone zone : zones) {
            if (pfn >= zone.span.startPfn() && pfn < zone.span.endPfn()) {
                return zone;
            }
        }
        return null;
    }

    /** Whether a frame is between the first and the last of all zones, in whole blocks of the largest order. */
    boolean spans(long pfn) {
        long block = pfn / MAX_ORDER_NR_PAGES;
        return zones.stream().anyMatch(zone -> zone.span.startPfn() / MAX_ORDER_NR_PAGES <= block)
                && zones.stream().anyMatch(zone -> (zone.span.endPfn() - 1) / MAX_ORDER_NR_PAGES >= block);
    }
}
