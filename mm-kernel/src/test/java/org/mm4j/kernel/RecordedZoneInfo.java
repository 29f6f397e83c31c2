package org.mm4j.kernel;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

/** A zoneinfo that a Linux 6.18 printed: the nodes as snapshots, and the counters that are in no snapshot. */
final class RecordedZoneInfo implements VmStats {
    private static final Pattern HEAD = Pattern.compile("Node (\\d+), zone +(\\w+)");
    private static final Pattern VALUE = Pattern.compile(" *(.*?) +(\\d+)");
    private static final Pattern RESERVE = Pattern.compile(" *protection: \\((.*)\\)");
    private static final Pattern TITLE = Pattern.compile("  (per-node stats|pagesets)");

    private final TestNodes nodes = new TestNodes();
    private final Map<Integer, Map<NodeStat, Long>> nodeStats = new TreeMap<>();
    private final Map<TestNodes.Zone, Map<ZoneStat, Long>> zoneStats = new HashMap<>();
    private final Map<Integer, Boolean> unreclaimable = new TreeMap<>();
    private final Map<String, Long> values = new TreeMap<>();
    private int nid = -1;
    private ZoneType type = ZoneType.DMA;

    RecordedZoneInfo(String text) {
        text.lines().forEach(this::line);
        endZone();
    }

    List<NodeSnapshot> nodes() {
        return nodes.snapshots();
    }

    @Override
    public long node(int node, NodeStat stat) {
        return nodeStats.get(node).get(stat);
    }

    @Override
    public long zone(int node, ZoneType zone, ZoneStat stat) {
        return zoneStats.get(nodes.zone(node, zone)).get(stat);
    }

    @Override
    public boolean isUnreclaimable(int node) {
        return unreclaimable.get(node);
    }

    private TestNodes.Zone zone() {
        return nodes.zone(nid, type);
    }

    private void line(String line) {
        Matcher head = HEAD.matcher(line);
        Matcher reserve = RESERVE.matcher(line);
        Matcher value = VALUE.matcher(line);
        if (head.matches()) {
            endZone();
            nid = Integer.parseInt(head.group(1));
            type = ZoneType.valueOf(head.group(2).toUpperCase(Locale.ROOT));
        } else if (reserve.matches()) {
            zone().reserve(Stream.of(reserve.group(1).split(", "))
                    .map(Long::valueOf)
                    .toList());
        } else if (value.matches()) {
            value(value.group(1), Long.parseLong(value.group(2)));
        } else if (!TITLE.matcher(line).matches()) {
            throw new IllegalArgumentException(line);
        }
    }

    private void value(String name, long value) {
        values.put(name, value);
        if (name.equals("vm stats threshold:")) {
            PageSetSize size = new PageSetSize((int) take("batch:"), (int) take("high_min:"), (int) take("high_max:"));
            zone().pageSet(
                            new PageSetSnapshot((int) take("cpu:"), (int) take("count:"), (int) take("high:"), size),
                            (int) take(name));
        }
    }

    private void endZone() {
        if (nid < 0) {
            return;
        }
        sizes();
        if (values.containsKey(NodeStat.values()[0].kernelName())) {
            Map<NodeStat, Long> stats = new EnumMap<>(NodeStat.class);
            Stream.of(NodeStat.values()).forEach(stat -> stats.put(stat, take(stat.kernelName())));
            nodeStats.put(nid, stats);
        }
        if (values.containsKey("start_pfn:")) {
            populated();
        }
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("nobody asked for " + values);
        }
    }

    private void sizes() {
        long boost = take("boost");
        Watermarks marks =
                new Watermarks(take("min") - boost, take("low") - boost, take("high") - boost, take("promo") - boost);
        Long start = values.getOrDefault("start_pfn:", 0L);
        zone().watermarks(marks, boost).sizes(start, take("spanned"), take("present"), take("managed"));
        Long[] blocks = new Long[] {0L, 0L, 0L, 0L, 0L, 0L};
        blocks[MigrateType.CMA.ordinal()] = take("cma") / PageFrame.PAGEBLOCK_NR_PAGES;
        zone().pageblocks(List.of(blocks)).freePages(take("pages free"), 0, 0);
    }

    private void populated() {
        Map<ZoneStat, Long> stats = new EnumMap<>(ZoneStat.class);
        Stream.of(ZoneStat.values()).forEach(stat -> stats.put(stat, take(stat.kernelName())));
        zoneStats.put(zone(), stats);
        zone().freePages(
                        stats.get(ZoneStat.NR_FREE_PAGES),
                        stats.get(ZoneStat.NR_FREE_PAGES_BLOCKS),
                        stats.get(ZoneStat.NR_FREE_CMA));
        zone().numa(new NumaStats(
                stats.get(ZoneStat.NUMA_HIT),
                stats.get(ZoneStat.NUMA_MISS),
                stats.get(ZoneStat.NUMA_FOREIGN),
                stats.get(ZoneStat.NUMA_LOCAL),
                stats.get(ZoneStat.NUMA_OTHER)));
        unreclaimable.put(nid, take("node_unreclaimable:") != 0);
        take("start_pfn:");
    }

    private long take(String name) {
        Long value = values.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in zone " + type + " of node " + nid);
        }
        return value;
    }
}
