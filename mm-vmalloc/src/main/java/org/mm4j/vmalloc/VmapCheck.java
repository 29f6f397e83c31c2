package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Walks all areas and all free addresses, and names what is broken. Takes O(n log n). */
final class VmapCheck {
    private final VmapAreas areas;
    private final List<Tile> tiles = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Map<VmapArea, Long> bytesIndexed = new HashMap<>();
    private long pagesLazy;
    private int ranges;

    /** A part of the space, and what it is. */
    private record Tile(long start, long end, String what) {
        @Override
        public String toString() {
            return what + " " + FreeRanges.name(start, end);
        }
    }

    VmapCheck(VmapAreas areas) {
        this.areas = areas;
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        findings.addAll(areas.space().validate());
        areas.index().forEach(this::addIndexed);
        walkNodes();
        bytesIndexed.keySet().forEach(area -> findings.add("A3: the index leads to " + area + ", which is not busy"));
        areas.space().forEachGap((start, end) -> tiles.add(new Tile(start, end, "free")));
        checkTiles();
        if (pagesLazy != areas.lazyPages()) {
            findings.add("L2: " + pagesLazy + " pages are lazy, and " + areas.lazyPages() + " are counted");
        }
        int taken = areas.space().gaps().rangesTaken();
        if (ranges != taken) {
            findings.add("A1: " + ranges + " ranges are somewhere, and " + taken + " are taken");
        }
        return findings;
    }

    private void walkNodes() {
        for (int i = 0; i < areas.nodeCount(); i++) {
            int index = i;
            VmapNode node = areas.node(i);
            findings.addAll(node.busy().validate());
            node.busy().forEach(area -> {
                add(area, "busy", area.state() == VmapArea.UNINITIALIZED || area.state() == VmapArea.PUBLISHED);
                checkIndexed(area);
                if (VmapNode.index(area.start(), areas.nodeCount()) != index) {
                    findings.add("A2: in node " + index + " is " + area);
                }
            });
            node.lazy().forEach(area -> {
                pagesLazy += area.pages();
                add(area, "lazy", area.state() == VmapArea.LAZY);
            });
            node.pools().forEach(area -> {
                add(area, "pooled", area.state() == VmapArea.FLUSHED && area.home() == index);
            });
        }
    }

    private void addIndexed(VmapArea area, long from, long until) {
        bytesIndexed.merge(area, until - from, Long::sum);
        if (from < area.start() || until > area.end()) {
            findings.add("A3: the index leads from " + FreeRanges.name(from, until) + " to " + area);
        }
    }

    private void checkIndexed(VmapArea area) {
        Long bytes = bytesIndexed.remove(area);
        if (bytes == null || bytes != area.bytes()) {
            findings.add("A3: the index has " + bytes + " bytes of " + area);
        }
    }

    private void add(VmapArea area, String what, boolean isRight) {
        ranges++;
        tiles.add(new Tile(area.start(), area.end(), what));
        if (!isRight) {
            findings.add("A1: " + what + ", of home " + area.home() + ", is " + area);
        }
    }

    private void checkTiles() {
        tiles.sort(Comparator.comparingLong(Tile::start));
        long expected = areas.start();
        for (Tile tile : tiles) {
            if (tile.start() != expected) {
                findings.add("A1: " + (tile.start() < expected ? "overlapped: " : "nothing before: ") + tile
                        + ", where 0x" + Long.toHexString(expected) + " should come next");
            }
            if (tile.start() % PAGE_SIZE != 0 || tile.end() <= tile.start()) {
                findings.add("A1: not whole pages: " + tile);
            }
            expected = tile.end();
        }
        if (expected != areas.end()) {
            findings.add("A1: the last range ends at 0x" + Long.toHexString(expected));
        }
    }
}
