package org.mm4j.kernel;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneSnapshot;

/**
 * The text of /proc/zoneinfo: sizes, watermarks, counters and page sets of every zone, populated or not.
 *
 * <p>In Linux 6.18: mm/vmstat.c, zoneinfo_show_print().
 */
public final class ZoneInfoText {
    private final StringBuilder text = new StringBuilder();
    private final Formatter out = new Formatter(text, Locale.ROOT);
    private final VmStats stats;

    private ZoneInfoText(VmStats stats) {
        this.stats = stats;
    }

    /** All zones of all nodes. Counters that no snapshot has are 0. */
    public static String of(List<NodeSnapshot> nodes) {
        return of(nodes, VmStats.NONE);
    }

    /** All zones of all nodes. The counters that no snapshot has come from {@code stats}. */
    public static String of(List<NodeSnapshot> nodes, VmStats stats) {
        ZoneInfoText info = new ZoneInfoText(stats);
        nodes.forEach(info::node);
        return info.text.toString();
    }

    private void node(NodeSnapshot node) {
        boolean isFirst = true;
        for (ZoneSnapshot zone : node.zones()) {
            out.format("Node %d, zone %8s\n", zone.nid(), zone.type().kernelName());
            if (isFirst && zone.isPopulated()) {
                isFirst = false;
                nodeStats(zone.nid());
            }
            sizes(zone);
            if (zone.isPopulated()) {
                zoneStats(zone);
                pageSets(zone);
                out.format("  node_unreclaimable:  %d\n", stats.isUnreclaimable(zone.nid()) ? 1 : 0);
                out.format("  start_pfn:           %d\n", zone.startPfn());
            }
        }
    }

    private void nodeStats(int nid) {
        text.append("  per-node stats\n");
        for (NodeStat stat : NodeStat.values()) {
            stat(stat.kernelName(), stats.node(nid, stat));
        }
    }

    private void sizes(ZoneSnapshot zone) {
        Watermarks marks = zone.watermarks();
        out.format("  pages free     %d\n", zone.pagesFree());
        size("boost", zone.boost());
        size("min", marks.min() + zone.boost());
        size("low", marks.low() + zone.boost());
        size("high", marks.high() + zone.boost());
        size("promo", marks.promo() + zone.boost());
        size("spanned", zone.pagesSpanned());
        size("present", zone.pagesPresent());
        size("managed", zone.pagesManaged());
        size("cma", zone.pageblocks().get(MigrateType.CMA.ordinal()) * PAGEBLOCK_NR_PAGES);
        String reserve = zone.lowmemReserve().stream().map(String::valueOf).collect(Collectors.joining(", "));
        out.format("        protection: (%s)\n", reserve);
    }

    private void size(String name, long pages) {
        out.format("        %-8s %d\n", name, pages);
    }

    private void zoneStats(ZoneSnapshot zone) {
        for (ZoneStat stat : ZoneStat.values()) {
            stat(stat.kernelName(), stat.in(zone, stats));
        }
    }

    private void stat(String name, long value) {
        out.format("      %-12s %d\n", name, value);
    }

    private void pageSets(ZoneSnapshot zone) {
        text.append("  pagesets\n");
        for (PageSetSnapshot set : zone.pageSets()) {
            out.format("    cpu: %d\n", set.cpu());
            pageSet("count:", set.count());
            pageSet("high:", set.high());
            pageSet("batch:", set.size().batch());
            pageSet("high_min:", set.size().highMin());
            pageSet("high_max:", set.size().highMax());
            out.format("  vm stats threshold: %d\n", zone.vmstatThreshold());
        }
    }

    private void pageSet(String name, int pages) {
        out.format("              %-9s %d\n", name, pages);
    }
}
