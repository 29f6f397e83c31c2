package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mm4j.api.ZoneType;

/** Random machines: up to four nodes, zones with odd borders, holes and reserved frames, and settings to match. */
final class RandomLayout {
    private static final ZoneType[] TYPES = {ZoneType.DMA, ZoneType.DMA32, ZoneType.NORMAL, ZoneType.MOVABLE};

    /** From here on a zone has a HIGHATOMIC reserve. */
    private static final int LARGE = 51_200;

    private final Random random;
    private long pfn;

    RandomLayout(Random random) {
        this.random = random;
        pfn = random.nextBoolean() ? 0 : random.nextInt(5000);
    }

    BuddyConfig config() {
        return config(random.nextInt(2) == 0);
    }

    /** With a zone that has a HIGHATOMIC reserve, or without. */
    BuddyConfig config(boolean hasLargeZone) {
        int count = 1 + random.nextInt(4);
        int largeNode = hasLargeZone ? random.nextInt(count) : -1;
        List<NodeLayout> nodes = new ArrayList<>();
        for (int nid = 0; nid < count; nid++) {
            boolean isEmpty = nid > 0 && nid != largeNode && random.nextInt(8) == 0;
            nodes.add(new NodeLayout(random.nextInt(3), isEmpty ? List.of() : zones(nid == largeNode)));
        }
        return BuddyConfig.ofNodes(nodes.toArray(NodeLayout[]::new))
                .withSettings(settings())
                .withDistances(random.nextBoolean() ? List.of() : distances(count))
                .withChargesCgroups(random.nextBoolean());
    }

    private List<ZoneLayout> zones(boolean hasLargeZone) {
        List<ZoneLayout> zones = new ArrayList<>();
        for (ZoneType type : TYPES) {
            boolean isLarge = hasLargeZone && type == ZoneType.NORMAL;
            if (isLarge || random.nextInt(3) > 0) {
                zones.add(zone(type, isLarge ? LARGE + random.nextInt(12_000) : 1 + random.nextInt(6000)));
            }
        }
        if (zones.isEmpty()) {
            zones.add(zone(ZoneType.NORMAL, 2000));
        }
        return zones;
    }

    private ZoneLayout zone(ZoneType type, int pages) {
        pfn += random.nextBoolean() ? 0 : random.nextInt(1500);
        if (random.nextBoolean()) {
            pfn = (pfn + 1023) & -1024;
        }
        long start = pfn;
        pfn += random.nextBoolean() ? pages : (pages + 511) & -512;
        ZoneLayout layout = ZoneLayout.of(type, start, pfn);
        int cuts = pages < 600 ? 0 : random.nextInt(4);
        List<FrameRange> holes = new ArrayList<>();
        List<FrameRange> reserved = new ArrayList<>();
        for (int cut = 0; cut < cuts; cut++) {
            long part = (pfn - start) / cuts;
            long from = start + cut * part + random.nextInt((int) part / 2);
            FrameRange range = new FrameRange(from, from + 1 + random.nextInt((int) Math.min(part / 2, 700)));
            (random.nextBoolean() ? holes : reserved).add(range);
        }
        return layout.withHoles(holes.toArray(FrameRange[]::new)).withReserved(reserved.toArray(FrameRange[]::new));
    }

    private ZoneSettings settings() {
        ZoneSettings settings = random.nextInt(4) == 0 ? ZoneSettings.NO_RESERVES : ZoneSettings.DEFAULT;
        if (random.nextInt(4) == 0) {
            settings = settings.withMinFreeKbytes(0).withWatermarkScaleFactor(100);
        } else if (random.nextInt(3) == 0) {
            settings = settings.withMinFreeKbytes(random.nextInt(4000));
        }
        if (random.nextInt(3) == 0) {
            settings = settings.withWatermarkScaleFactor(1 + random.nextInt(500));
        }
        return random.nextInt(4) == 0 ? settings.withWatermarkBoostFactor(random.nextInt(100_000)) : settings;
    }

    private List<List<Integer>> distances(int count) {
        int[][] rows = new int[count][count];
        for (int from = 0; from < count; from++) {
            rows[from][from] = 10;
            for (int to = 0; to < from; to++) {
                rows[from][to] = 11 + random.nextInt(3) * 5;
                rows[to][from] = rows[from][to];
            }
        }
        List<List<Integer>> distances = new ArrayList<>();
        for (int[] row : rows) {
            distances.add(java.util.Arrays.stream(row).boxed().toList());
        }
        return distances;
    }
}
