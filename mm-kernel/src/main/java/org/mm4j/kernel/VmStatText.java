package org.mm4j.kernel;

import java.util.List;
import org.mm4j.api.NodeSnapshot;

/**
 * The text of /proc/vmstat: the counters of all zones and of all nodes.
 *
 * <p>In Linux 6.18: mm/vmstat.c, vmstat_text[]. Differs: the kernel goes on with counts of events, most of them of swapping,
 * paging and huge pages of processes; nobody counts them here, and a 0 would say that nothing happened.
 */
final class VmStatText {
    private VmStatText() {}

    /** A line for each counter, and the one with which the kernel's text ends. */
    static String of(List<NodeSnapshot> nodes, VmStats stats) {
        StringBuilder text = new StringBuilder();
        for (ZoneStat stat : ZoneStat.values()) {
            line(text, stat.kernelName(), ofZones(nodes, stats, stat));
        }
        for (NodeStat stat : NodeStat.values()) {
            line(text, stat.kernelName(), ofNodes(nodes, stats, stat));
        }
        line(text, "nr_unstable", 0);
        return text.toString();
    }

    static long ofZones(List<NodeSnapshot> nodes, VmStats stats, ZoneStat stat) {
        return nodes.stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(zone -> stat.in(zone, stats))
                .sum();
    }

    static long ofNodes(List<NodeSnapshot> nodes, VmStats stats, NodeStat stat) {
        return nodes.stream().mapToLong(node -> stats.node(node.nid(), stat)).sum();
    }

    private static void line(StringBuilder text, String name, long value) {
        text.append(name).append(' ').append(value).append('\n');
    }
}
