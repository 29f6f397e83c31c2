package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Walks all areas and all free addresses, to count them and to name what is broken. Takes O(n log n). */
final class VmapCheck {
    private final VmapAreas areas;
    private final List<Tile> tiles = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Tally busy = new Tally();
    private final Tally lazy = new Tally();
    private final Tally pooled = new Tally();

    /** A part of the space, and what it is. */
    private record Tile(long start, long end, String what) {
        @Override
        public String toString() {
            return what + " " + FreeRanges.name(start, end);
        }
    }

    private static final class Tally {
        int areas;
        long pages;

        void add(VmapArea area) {
            areas++;
            pages += area.pages();
        }
    }

    VmapCheck(VmapAreas areas) {
        this.areas = areas;
    }

    VmapStats stats() {
        walkNodes();
        AddressSpace.Gaps gaps = areas.space().gaps();
        return new VmapStats(
                busy.areas,
                busy.pages,
                lazy.areas,
                lazy.pages,
                pooled.areas,
                pooled.pages,
                gaps.bytesFree(),
                gaps.bytesLargest(),
                gaps.count(),
                areas.lazyPurge().flushes());
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        findings.addAll(areas.space().validate());
        walkNodes();
        areas.space().forEachGap((start, end) -> tiles.add(new Tile(start, end, "free")));
        checkTiles();
        if (lazy.pages != areas.lazyPages()) {
            findings.add("L2: " + lazy.pages + " pages are lazy, and " + areas.lazyPages() + " are counted");
        }
        int taken = busy.areas + lazy.areas + pooled.areas;
        if (taken != areas.space().gaps().rangesTaken()) {
            findings.add("A1: " + taken + " ranges are somewhere, and "
                    + areas.space().gaps().rangesTaken() + " are taken");
        }
        return findings;
    }

    private void walkNodes() {
        for (int i = 0; i < areas.nodeCount(); i++) {
            int index = i;
            VmapNode node = areas.node(i);
            findings.addAll(node.busy().validate());
            node.busy().forEach(area -> {
                busy.add(area);
                add(area, "busy", area.state() == VmapArea.UNINITIALIZED || area.state() == VmapArea.PUBLISHED);
                if (VmapNode.index(area.start(), areas.nodeCount()) != index) {
                    findings.add("A2: in node " + index + " is " + area);
                }
            });
            node.lazy().forEach(area -> {
                lazy.add(area);
                add(area, "lazy", area.state() == VmapArea.LAZY);
            });
            node.pools().forEach(area -> {
                pooled.add(area);
                add(area, "pooled", area.state() == VmapArea.FLUSHED && area.home() == index);
            });
        }
    }

    private void add(VmapArea area, String what, boolean isRight) {
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
