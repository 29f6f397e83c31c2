package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.ZoneType;

/**
 * The settings from which watermarks, reserves and page cache sizes follow, with the kernel's defaults.
 *
 * <p>In Linux 6.18: Documentation/admin-guide/sysctl/vm.rst.
 *
 * @param minFreeKbytes what all low zones together keep free, in KiB; {@link #COMPUTED}: from the size of memory
 * @param watermarkScaleFactor distance of the watermarks in ten-thousandths of a zone, 1 to 3000
 * @param watermarkBoostFactor limit of the boost in ten-thousandths of the high watermark; 0: no boost
 * @param percpuPagelistHighFraction size of the page caches as one n-th of a zone, 8 or more; 0: they tune themselves
 * @param lowmemReserveRatio for each zone, which fraction of the zones above it is kept from their requests; 0: none
 */
public record ZoneSettings(
        long minFreeKbytes,
        int watermarkScaleFactor,
        int watermarkBoostFactor,
        int percpuPagelistHighFraction,
        List<Integer> lowmemReserveRatio) {
    /** For {@link #minFreeKbytes}: as much as the kernel keeps by default for the size of memory. */
    public static final long COMPUTED = -1;

    /** The kernel's defaults. */
    public static final ZoneSettings DEFAULT = new ZoneSettings(COMPUTED, 10, 15_000, 0, List.of(256, 256, 32, 0, 0));

    /** No reserves: every frame can be handed out to everyone. */
    public static final ZoneSettings NO_RESERVES = new ZoneSettings(0, 1, 0, 0, List.of(0, 0, 0, 0, 0));

    /** Checks the ranges. */
    public ZoneSettings {
        check(
                minFreeKbytes >= COMPUTED && minFreeKbytes <= Integer.MAX_VALUE,
                "min_free_kbytes",
                minFreeKbytes,
                "0 to " + Integer.MAX_VALUE);
        check(
                watermarkScaleFactor >= 1 && watermarkScaleFactor <= 3000,
                "watermark_scale_factor",
                watermarkScaleFactor,
                "1 to 3000");
        check(watermarkBoostFactor >= 0, "watermark_boost_factor", watermarkBoostFactor, "0 or more");
        check(
                percpuPagelistHighFraction == 0 || percpuPagelistHighFraction >= ZoneSizing.HIGH_FRACTION_MIN,
                "percpu_pagelist_high_fraction",
                percpuPagelistHighFraction,
                "0, or 8 or more");
        lowmemReserveRatio = List.copyOf(lowmemReserveRatio);
        check(
                lowmemReserveRatio.size() == ZoneType.COUNT,
                "the number of lowmem_reserve_ratio values",
                lowmemReserveRatio.size(),
                "5, one for each zone");
        for (int ratio : lowmemReserveRatio) {
            check(ratio >= 0, "lowmem_reserve_ratio", ratio, "0 or more");
        }
    }

    private static void check(boolean holds, String name, long value, String range) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + range + ", not " + value);
        }
    }

    /** The same with another {@link #minFreeKbytes}. */
    public ZoneSettings withMinFreeKbytes(long kbytes) {
        return new ZoneSettings(
                kbytes, watermarkScaleFactor, watermarkBoostFactor, percpuPagelistHighFraction, lowmemReserveRatio);
    }

    /** The same with another {@link #watermarkScaleFactor}. */
    public ZoneSettings withWatermarkScaleFactor(int factor) {
        return new ZoneSettings(
                minFreeKbytes, factor, watermarkBoostFactor, percpuPagelistHighFraction, lowmemReserveRatio);
    }

    /** The same with another {@link #watermarkBoostFactor}. */
    public ZoneSettings withWatermarkBoostFactor(int factor) {
        return new ZoneSettings(
                minFreeKbytes, watermarkScaleFactor, factor, percpuPagelistHighFraction, lowmemReserveRatio);
    }

    /** The same with another {@link #percpuPagelistHighFraction}. */
    public ZoneSettings withPercpuPagelistHighFraction(int fraction) {
        return new ZoneSettings(
                minFreeKbytes, watermarkScaleFactor, watermarkBoostFactor, fraction, lowmemReserveRatio);
    }

    /** The same with another {@link #lowmemReserveRatio}. */
    public ZoneSettings withLowmemReserveRatio(List<Integer> ratios) {
        return new ZoneSettings(
                minFreeKbytes, watermarkScaleFactor, watermarkBoostFactor, percpuPagelistHighFraction, ratios);
    }
}
