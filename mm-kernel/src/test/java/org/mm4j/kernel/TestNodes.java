package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Nodes of five zones each, without a page until a test says otherwise. */
final class TestNodes {
    private final Map<Integer, Map<ZoneType, Zone>> nodes = new TreeMap<>();

    /** One zone of a node; the node comes into being with it. */
    Zone zone(int nid, ZoneType type) {
        return node(nid).get(type);
    }

    /** A node without memory. */
    Map<ZoneType, Zone> node(int nid) {
        return nodes.computeIfAbsent(nid, number -> {
            Map<ZoneType, Zone> zones = new EnumMap<>(ZoneType.class);
            for (ZoneType type : ZoneType.values()) {
                zones.put(type, new Zone(number, type));
            }
            return zones;
        });
    }

    List<NodeSnapshot> snapshots() {
        return nodes.entrySet().stream()
                .map(node -> new NodeSnapshot(
                        node.getKey(),
                        node.getValue().values().stream().map(Zone::snapshot).toList()))
                .toList();
    }

    /** One zone; every figure is 0 at first. */
    static final class Zone {
        private final int nid;
        private final ZoneType type;
        private final long[] counts = new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT];
        private List<Long> pageblocks = Collections.nCopies(MigrateType.COUNT, 0L);
        private List<Long> reserve = Collections.nCopies(ZoneType.COUNT, 0L);
        private Watermarks watermarks = new Watermarks(0, 0, 0, 0);
        private NumaStats numa = new NumaStats(0, 0, 0, 0, 0);
        private final List<PageSetSnapshot> pageSets = new ArrayList<>();
        private long startPfn;
        private long spanned;
        private long present;
        private long managed;
        private long free;
        private long freeInBlocks;
        private long freeCma;
        private long boost;
        private int threshold;

        private Zone(int nid, ZoneType type) {
            this.nid = nid;
            this.type = type;
        }

        Zone present(long pages) {
            present = pages;
            return this;
        }

        Zone sizes(long start, long spannedPages, long presentPages, long managedPages) {
            startPfn = start;
            spanned = spannedPages;
            present = presentPages;
            managed = managedPages;
            return this;
        }

        Zone free(MigrateType migrateType, long... blocksByOrder) {
            for (int order = 0; order < blocksByOrder.length; order++) {
                counts[order * MigrateType.COUNT + migrateType.ordinal()] = blocksByOrder[order];
            }
            return this;
        }

        Zone freePages(long all, long inBlocks, long cma) {
            free = all;
            freeInBlocks = inBlocks;
            freeCma = cma;
            return this;
        }

        Zone pageblocks(List<Long> byType) {
            pageblocks = byType;
            return this;
        }

        Zone watermarks(Watermarks marks, long boostPages) {
            watermarks = marks;
            boost = boostPages;
            return this;
        }

        Zone reserve(List<Long> pages) {
            reserve = pages;
            return this;
        }

        Zone numa(NumaStats stats) {
            numa = stats;
            return this;
        }

        Zone pageSet(PageSetSnapshot set, int vmstatThreshold) {
            pageSets.add(set);
            threshold = vmstatThreshold;
            return this;
        }

        private ZoneSnapshot snapshot() {
            return new ZoneSnapshot(
                    nid,
                    type,
                    startPfn,
                    spanned,
                    present,
                    managed,
                    free,
                    freeInBlocks,
                    freeCma,
                    0,
                    0,
                    watermarks,
                    boost,
                    reserve,
                    new FreeBlocks(counts),
                    pageblocks,
                    numa,
                    threshold,
                    pageSets);
        }
    }
}
