package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

class ZoneSizingTest {
    /** What a real machine with two CPUs had. */
    private static final long[] LIVE = {3840, 772_918, 884_736, 0, 0};

    private static final ZoneSettings LIVE_SETTINGS = ZoneSettings.DEFAULT.withMinFreeKbytes(67_584);

    private static List<ZoneSizes> sizes(ZoneSettings settings, int cpus, long... managed) {
        return ZoneSizing.of(List.of(managed), settings, new int[] {cpus});
    }

    private static ZoneSizes normal(long managed, ZoneSettings settings, int cpus) {
        return sizes(settings, cpus, 0, 0, managed, 0, 0).get(ZoneType.NORMAL.ordinal());
    }

    /** C14. */
    @Test
    void watermarksAreThoseOfARealMachine() {
        assertThat(sizes(LIVE_SETTINGS, 2, LIVE))
                .extracting(ZoneSizes::watermarks)
                .containsExactly(
                        new Watermarks(39, 48, 57, 66),
                        new Watermarks(7859, 9823, 11_787, 13_751),
                        new Watermarks(8997, 11_246, 13_495, 15_744),
                        new Watermarks(32, 32, 32, 32),
                        new Watermarks(0, 0, 0, 0));
    }

    /** C15. */
    @Test
    void reservesAreThoseOfARealMachine() {
        assertThat(sizes(LIVE_SETTINGS, 2, LIVE))
                .extracting(ZoneSizes::lowmemReserve)
                .containsExactly(
                        List.of(0L, 3019L, 6475L, 6475L, 6475L),
                        List.of(0L, 0L, 3456L, 3456L, 3456L),
                        List.of(0L, 0L, 0L, 0L, 0L),
                        List.of(0L, 0L, 0L, 0L, 0L),
                        List.of(0L, 0L, 0L, 0L, 0L));
    }

    /** C16. */
    @Test
    void pageSetsAreThoseOfARealMachine() {
        assertThat(sizes(LIVE_SETTINGS, 2, LIVE).subList(0, 3))
                .extracting(ZoneSizes::pageSet)
                .containsExactly(
                        new PageSetSize(1, 24, 240),
                        new PageSetSize(63, 4911, 48_307),
                        new PageSetSize(63, 5623, 55_296));
    }

    @Test
    void zonesAreInOrder() {
        List<ZoneSizes> sizes = ZoneSizing.of(List.of(LIVE, LIVE), LIVE_SETTINGS, new int[] {1, 1});

        assertThat(sizes).extracting(ZoneSizes::nid).containsExactly(0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
        assertThat(sizes.subList(5, 10)).extracting(ZoneSizes::type).containsExactly(ZoneType.values());
        assertThat(sizes).extracting(ZoneSizes::pagesManaged).startsWith(3840L, 772_918L, 884_736L, 0L, 0L, 3840L);
    }

    @ParameterizedTest
    @CsvSource({"1, 1024, 1286, 1548, 1810", "4, 2048, 3096, 4144, 5192", "16, 4096, 8290, 12484, 16678"})
    void watermarksOfOneZone(long gib, long min, long low, long high, long promo) {
        assertThat(normal(gib << 18, ZoneSettings.DEFAULT, 1).watermarks())
                .isEqualTo(new Watermarks(min, low, high, promo));
    }

    @ParameterizedTest
    @CsvSource({"0, 128", "256, 128", "260, 128", "261, 129", "1024, 256", "1000000, 8000"})
    @CsvSource({"1073741823, 262143", "1073741824, 262144", "17179869184, 262144"})
    void minFreeKbytesIsARootWithinBounds(long pages, long kbytes) {
        assertThat(ZoneSizing.minFreeKbytes(pages)).isEqualTo(kbytes);
    }

    @ParameterizedTest
    @CsvSource({"0, 32", "32768, 32", "33792, 33", "130048, 127", "131072, 128", "100000000, 128"})
    void movableZonesKeepAFixedMinimum(long managed, long min) {
        Watermarks marks = sizes(ZoneSettings.DEFAULT, 1, 0, 0, 1 << 18, managed, 0)
                .get(ZoneType.MOVABLE.ordinal())
                .watermarks();

        assertThat(marks.min()).isEqualTo(min);
        assertThat(marks.low() - min).isEqualTo(Math.max((1024 * managed >> 18) / 4, managed / 1000));
    }

    @ParameterizedTest
    @CsvSource({"8, 1", "32, 1", "33, 1", "48, 3", "64, 3", "100, 7", "256, 15", "512, 31", "1024, 63", "65536, 63"})
    void batchOfAZone(long mib, int batch) {
        assertThat(ZoneSizing.batch(mib << 8)).isEqualTo(batch);
    }

    @ParameterizedTest
    @CsvSource({"0, 500, 6250", "8, 6250, 6250", "10, 5000, 5000", "1000, 252, 252"}) // 252: four batches
    void theFractionFixesTheSizeOfPageSets(int fraction, int highMin, int highMax) {
        ZoneSettings settings = ZoneSettings.DEFAULT.withMinFreeKbytes(6400).withPercpuPagelistHighFraction(fraction);

        assertThat(normal(200_000, settings, 4).pageSet()).isEqualTo(new PageSetSize(63, highMin, highMax));
    }

    @Test
    void aNodeWithoutCpusIsSharedByAll() {
        long[] managed = {0, 0, 8_000_000, 0, 0};
        List<ZoneSizes> sizes = ZoneSizing.of(List.of(managed, managed), ZoneSettings.DEFAULT, new int[] {5, 0});

        assertThat(sizes.get(2).pageSet().highMax()).isEqualTo(200_000);
        assertThat(sizes.get(7).pageSet()).isEqualTo(sizes.get(2).pageSet());
    }

    @Test
    void nodesShareWhatIsKeptFree() {
        long[] small = {0, 0, 1000, 0, 0};
        long[] large = {0, 0, 3000, 500, 0};
        ZoneSettings settings = ZoneSettings.DEFAULT.withMinFreeKbytes(1600);
        List<ZoneSizes> sizes = ZoneSizing.of(List.of(small, large), settings, new int[] {1, 1});

        assertThat(sizes.get(2).watermarks()).isEqualTo(new Watermarks(100, 125, 150, 175));
        assertThat(sizes.get(7).watermarks()).isEqualTo(new Watermarks(300, 375, 450, 525));
        assertThat(sizes.get(8).watermarks()).isEqualTo(new Watermarks(32, 44, 56, 68));
    }

    @ParameterizedTest
    @CsvSource({"2, 1024, 20", "2, 2047, 20", "2, 2048, 24", "2, 4095, 24", "4, 2048, 36", "16, 127, 10", "1, 15, 2"})
    @CsvSource({"512, 4096, 125", "1024, 8192, 125", "64, 2048, 84", "2, 4096, 28", "2, 1023, 16"})
    void vmstatThreshold(int cpus, long mib, int threshold) {
        assertThat(normal(mib << 8, ZoneSettings.DEFAULT, cpus).vmstatThreshold())
                .isEqualTo(threshold);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        ZoneSettings settings = ZoneSettings.DEFAULT;

        assertThatThrownBy(() -> settings.withWatermarkScaleFactor(3001))
                .hasMessage("watermark_scale_factor is 1 to 3000, not 3001");
        assertThatThrownBy(() -> settings.withPercpuPagelistHighFraction(7))
                .hasMessage("percpu_pagelist_high_fraction is 0, or 8 or more, not 7");
        assertThatThrownBy(() -> settings.withMinFreeKbytes(1L << 31))
                .hasMessage("min_free_kbytes is 0 to 2147483647, not 2147483648");
        assertThatThrownBy(() -> settings.withMinFreeKbytes(-2)).hasMessageEndingWith(", not -2");
        assertThatThrownBy(() -> settings.withWatermarkBoostFactor(-1)).hasMessageEndingWith("is 0 or more, not -1");
        assertThatThrownBy(() -> settings.withLowmemReserveRatio(List.of(1, 2)))
                .hasMessage("the number of lowmem_reserve_ratio values is 5, one for each zone, not 2");
        assertThatThrownBy(() -> settings.withLowmemReserveRatio(List.of(1, 2, 3, -4, 5)))
                .hasMessage("lowmem_reserve_ratio is 0 or more, not -4");
    }
}
