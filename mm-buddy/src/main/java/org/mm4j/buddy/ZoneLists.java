package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.mm4j.api.ZoneType;

/**
 * For each node, the order in which nodes and zones serve its requests; made once at boot.
 *
 * <pre>
 *   node 0:   Normal 0, DMA32 0, DMA 0,   Normal 1,   Normal 2 ...       within a node from high to low
 *             `------ itself ---------'   `-- then the nearest node, and so on
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, build_zonelists(), find_next_best_node(). Differs: a zone
 * whose memory is all offline stays on the lists, where it serves nothing.
 */
final class ZoneLists {
    private static final int MAX_NUMNODES = 1024;

    private final Zones zones;
    private final BuddyConfig config;

    /** How often a node was chosen as the next best so far, so that equally near nodes share the load. */
    private final int[] nodeLoad;

    /** At {@code nid · 5 + highest}. */
    private final ZoneList[] fallback;

    private final ZoneList[] thisNode;

    ZoneLists(Zones zones, BuddyConfig config) {
        this.zones = zones;
        this.config = config;
        nodeLoad = new int[zones.nodes()];
        fallback = new ZoneList[zones.nodes() * ZoneType.COUNT];
        thisNode = new ZoneList[zones.nodes() * ZoneType.COUNT];
        for (int nid = 0; nid < zones.nodes(); nid++) {
            List<Integer> order = nodeOrder(nid);
            for (ZoneType highest : ZoneType.values()) {
                int index = nid * ZoneType.COUNT + highest.ordinal();
                fallback[index] = list(nid, order, highest);
                thisNode[index] = list(nid, List.of(nid), highest);
            }
        }
    }

    /** The list for a request. */
    ZoneList list(int nid, ZoneType highest, boolean onlyThisNode) {
        int index = nid * ZoneType.COUNT + highest.ordinal();
        return onlyThisNode ? thisNode[index] : fallback[index];
    }

    /** All nodes that have zones, nearest first. */
    List<Integer> nodeOrder(int local) {
        List<Integer> order = new ArrayList<>();
        List<Integer> left = new ArrayList<>(IntStream.range(0, zones.nodes())
                .filter(nid -> !config.nodes().get(nid).zones().isEmpty())
                .boxed()
                .toList());
        int previous = local;
        while (!left.isEmpty()) {
            Integer next = left.contains(local) ? Integer.valueOf(local) : nextBest(local, left);
            if (config.distance(local, next) != config.distance(local, previous)) {
                nodeLoad[next]++;
            }
            order.add(next);
            left.removeIf(next::equals);
            previous = next;
        }
        return order;
    }

    /** The nearest; among equals one without CPUs, then one with a higher number than ours, then the least loaded. */
    private Integer nextBest(int local, List<Integer> nodes) {
        Integer best = nodes.getFirst();
        for (Integer nid : nodes) {
            best = cost(local, nid) < cost(local, best) ? nid : best;
        }
        return best;
    }

    private long cost(int local, int nid) {
        int distance = config.distance(local, nid) + (nid < local ? 1 : 0);
        int penalty = config.nodes().get(nid).cpus() > 0 ? 1 : 0;
        return (long) (distance + penalty) * MAX_NUMNODES + nodeLoad[nid];
    }

    private ZoneList list(int nid, List<Integer> nodes, ZoneType highest) {
        List<Zone> list = new ArrayList<>();
        for (int each : nodes) {
            for (int type = highest.ordinal(); type >= 0; type--) {
                Zone zone = zones.zone(each, ZoneType.of(type));
                if (zone != null && zone.mayServe()) {
                    list.add(zone);
                }
            }
        }
        boolean keepsPageblocks = !list.isEmpty()
                && list.getFirst().extent().type() == ZoneType.NORMAL
                && zones.zone(list.getFirst().nid(), ZoneType.DMA32) != null;
        boolean hasOtherNodes =
                list.stream().anyMatch(zone -> zone.nid() != list.getFirst().nid());
        return new ZoneList(nid, highest.ordinal(), list.toArray(Zone[]::new), keepsPageblocks, hasOtherNodes);
    }
}
