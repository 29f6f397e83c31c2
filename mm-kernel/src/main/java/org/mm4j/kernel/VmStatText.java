package org.mm4j.kernel;

import java.util.List;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.buddy.MigrationCounts;
import org.mm4j.kernel.reclaim.ReclaimSnapshot;

/**
 * The text of /proc/vmstat: the counters of all zones and of all nodes.
 *
 * <p>In Linux 6.18: mm/vmstat.c, vmstat_text[]. Differs: of the kernel's counts of events only those of reclaim and
 * compaction are here; the others count what processes do, or nobody counts them here, and a 0 would say that nothing happened.
 */
final class VmStatText {
    private VmStatText() {}

    /** A line for each counter, and the one with which the kernel's text ends. */
    static String of(List<NodeSnapshot> nodes, VmStats stats, ReclaimSnapshot reclaim, MigrationCounts migrations) {
        StringBuilder text = new StringBuilder();
        for (ZoneStat stat : ZoneStat.values()) {
            line(text, stat.kernelName(), ofZones(nodes, stats, stat));
        }
        for (NodeStat stat : NodeStat.values()) {
            line(text, stat.kernelName(), ofNodes(nodes, stats, stat));
        }
        line(text, "pgsteal_kswapd", reclaim.pagesReclaimedKswapd());
        line(text, "pgsteal_direct", reclaim.pagesReclaimedDirect());
        line(text, "pgscan_kswapd", reclaim.pagesScannedKswapd());
        line(text, "pgscan_direct", reclaim.pagesScannedDirect());
        line(text, "pageoutrun", reclaim.kswapdRuns());
        line(text, "pgmigrate_success", migrations.blocksMoved());
        line(text, "pgmigrate_fail", migrations.blocksRefused());
        line(text, "compact_daemon_wake", reclaim.kcompactdRuns());
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
