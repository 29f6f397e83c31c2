package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

/**
 * The formulas for watermarks, lowmem reserves and page cache sizes. Pure functions of the managed pages of all zones,
 * the settings and the CPUs.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, calculate_min_free_kbytes(), __setup_per_zone_wmarks(),
 * setup_per_zone_lowmem_reserve(), zone_batchsize(), zone_highsize(); mm/vmstat.c, calculate_normal_threshold().
 */
public final class ZoneSizing {
    /** The smallest percpu_pagelist_high_fraction, and the one from which the largest cache size follows. */
    static final int HIGH_FRACTION_MIN = 8;

    private static final int SWAP_CLUSTER_MAX = 32;
    private static final int MOVABLE_MIN_MAX = 128;
    private static final long MIN_FREE_KBYTES_MIN = 128;
    private static final long MIN_FREE_KBYTES_MAX = 262_144;
    private static final int BATCH_MAX = (256 * 1024) >> PAGE_SHIFT;
    private static final int VMSTAT_THRESHOLD_MAX = 125;

    private final ZoneSettings settings;
    private final long minFreeKbytes;
    private final long lowmemPages;
    private final int cpusOnline;

    private ZoneSizing(List<long[]> managedByNode, ZoneSettings settings, int cpusOnline) {
        this.settings = settings;
        this.cpusOnline = cpusOnline;
        this.lowmemPages =
                managedByNode.stream().mapToLong(ZoneSizing::lowmemPages).sum();
        this.minFreeKbytes = settings.minFreeKbytes() == ZoneSettings.COMPUTED
                ? minFreeKbytes(lowmemPages)
                : settings.minFreeKbytes();
    }

    /**
     * The sizes of all zones, node by node, five zones each.
     *
     * @param managedByNode for each node, the managed pages of its five zones in the order of {@link ZoneType}
     * @param cpusByNode for each node, how many CPUs it has
     */
    public static List<ZoneSizes> of(List<long[]> managedByNode, ZoneSettings settings, int[] cpusByNode) {
        int cpusOnline = 0;
        for (int cpus : cpusByNode) {
            cpusOnline += cpus;
        }
        ZoneSizing sizing = new ZoneSizing(managedByNode, settings, cpusOnline);
        List<ZoneSizes> sizes = new ArrayList<>();
        for (int nid = 0; nid < managedByNode.size(); nid++) {
            for (ZoneType type : ZoneType.values()) {
                sizes.add(sizing.zone(nid, type, managedByNode.get(nid), cpusByNode[nid]));
            }
        }
        return sizes;
    }

    /** What the kernel keeps free by default: the root of 16 times the low memory, in KiB. */
    public static long minFreeKbytes(long lowmemPages) {
        long lowmemKbytes = lowmemPages << (PAGE_SHIFT - 10);
        return Math.clamp(squareRoot(lowmemKbytes * 16), MIN_FREE_KBYTES_MIN, MIN_FREE_KBYTES_MAX);
    }

    private ZoneSizes zone(int nid, ZoneType type, long[] managedByZone, int cpus) {
        long managed = managedByZone[type.ordinal()];
        Watermarks watermarks = watermarks(type, managed);
        return new ZoneSizes(
                nid,
                type,
                managed,
                watermarks,
                lowmemReserve(type.ordinal(), managedByZone),
                pageSet(managed, watermarks.low(), cpus),
                vmstatThreshold(managed));
    }

    private Watermarks watermarks(ZoneType type, long managed) {
        long pagesMin = minFreeKbytes >> (PAGE_SHIFT - 10);
        long share = lowmemPages == 0 ? 0 : pagesMin * managed / lowmemPages;
        long min = type == ZoneType.MOVABLE ? Math.clamp(managed / 1024, SWAP_CLUSTER_MAX, MOVABLE_MIN_MAX) : share;
        long gap = Math.max(share >> 2, managed * settings.watermarkScaleFactor() / 10_000);
        return new Watermarks(min, min + gap, min + 2 * gap, min + 3 * gap);
    }

    private List<Long> lowmemReserve(int zone, long[] managedByZone) {
        int ratio = settings.lowmemReserveRatio().get(zone);
        List<Long> reserve = new ArrayList<>();
        long above = 0;
        for (int upper = 0; upper < ZoneType.COUNT; upper++) {
            above += upper > zone ? managedByZone[upper] : 0;
            reserve.add(ratio == 0 || managedByZone[zone] == 0 ? 0 : above / ratio);
        }
        return reserve;
    }

    private PageSetSize pageSet(long managed, long low, int cpus) {
        int batch = batch(managed);
        int fraction = settings.percpuPagelistHighFraction();
        int highMin = high(fraction == 0 ? low : managed / fraction, cpus, batch);
        int highMax = fraction == 0 ? high(managed / HIGH_FRACTION_MIN, cpus, batch) : highMin;
        return new PageSetSize(batch, highMin, highMax);
    }

    private int high(long pages, int cpus, int batch) {
        int sharers = cpus == 0 ? Math.max(cpusOnline, 1) : cpus; // a node without CPUs is used by all
        return Math.clamp(pages / sharers, batch * 4, Integer.MAX_VALUE);
    }

    /** Pages that a page cache of a zone moves at once: about a four-thousandth of the zone, 1 to 63. */
    static int batch(long pagesManaged) {
        int batch = (int) Math.min(pagesManaged >> 12, BATCH_MAX);
        return batch <= 1 ? 1 : Integer.highestOneBit(batch + batch / 2) - 1;
    }

    private int vmstatThreshold(long managed) {
        int threshold = 2 * bits(cpusOnline) * (1 + bits(managed >> (27 - PAGE_SHIFT)));
        return Math.min(VMSTAT_THRESHOLD_MAX, threshold);
    }

    /** Pages of the zones from which the kernel's own requests are served: DMA, DMA32 and Normal. */
    public static long lowmemPages(long[] managedByZone) {
        return managedByZone[ZoneType.DMA.ordinal()]
                + managedByZone[ZoneType.DMA32.ordinal()]
                + managedByZone[ZoneType.NORMAL.ordinal()];
    }

    /** The highest bit's place, counted from 1; 0 for 0. In Linux: fls(). */
    private static int bits(long value) {
        return Long.SIZE - Long.numberOfLeadingZeros(value);
    }

    private static long squareRoot(long value) {
        long root = (long) Math.sqrt((double) value);
        while (root * root > value) {
            root--;
        }
        while ((root + 1) * (root + 1) <= value) {
            root++;
        }
        return root;
    }
}
