package org.mm4j.buddy;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.ZoneType;

/** {@link ZoneSizing} against the kernel's formulas, written down once more over numbers that cannot overflow. */
class ZoneSizingPropertiesTest {
    private static final int PAGES_BITS_MAX = 34;

    private final List<long[]> managed = new ArrayList<>();
    private int[] cpus = {};
    private ZoneSettings settings = ZoneSettings.DEFAULT;

    static IntStream seeds() {
        return IntStream.range(0, 400);
    }

    /** Zones of every magnitude; some empty, some nodes without CPUs. */
    private void draw(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        cpus = random.ints(random.nextInt(1, 4), 0, 70).toArray();
        for (int nid = 0; nid < cpus.length; nid++) {
            long[] zones = new long[ZoneType.COUNT];
            for (int zone = 0; zone < ZoneType.DEVICE.ordinal(); zone++) {
                zones[zone] = random.nextInt(4) == 0 ? 0 : random.nextLong(1L << random.nextInt(1, PAGES_BITS_MAX));
            }
            managed.add(zones);
        }
        settings = ZoneSettings.DEFAULT
                .withMinFreeKbytes(random.nextBoolean() ? -1 : random.nextInt(1 << random.nextInt(1, 31)))
                .withWatermarkScaleFactor(random.nextInt(1, 3001))
                .withPercpuPagelistHighFraction(random.nextBoolean() ? 0 : random.nextInt(8, 1000))
                .withLowmemReserveRatio(random.ints(5, 0, 300).boxed().toList());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void watermarks(int seed) {
        draw(seed);
        BigInteger lowmem = managed.stream()
                .flatMap(zones -> IntStream.range(0, 3).mapToObj(zone -> big(zones[zone])))
                .reduce(ZERO, BigInteger::add);
        BigInteger kbytes = settings.minFreeKbytes() >= 0
                ? big(settings.minFreeKbytes())
                : lowmem.multiply(big(4 * 16)).sqrt().max(big(128)).min(big(262_144));
        for (ZoneSizes sizes : ZoneSizing.of(managed, settings, cpus)) {
            BigInteger pages = big(sizes.pagesManaged());
            BigInteger share = lowmem.signum() == 0 // no kernel boots without low memory
                    ? ZERO
                    : kbytes.divide(big(4)).multiply(pages).divide(lowmem);
            BigInteger min = sizes.type() == ZoneType.MOVABLE
                    ? pages.divide(big(1024)).max(big(32)).min(big(128))
                    : share;
            BigInteger gap = share.divide(big(4))
                    .max(pages.multiply(big(settings.watermarkScaleFactor())).divide(big(10_000)));

            assertThat(big(sizes.watermarks().min())).isEqualTo(min);
            assertThat(big(sizes.watermarks().low())).isEqualTo(min.add(gap));
            assertThat(big(sizes.watermarks().high())).isEqualTo(min.add(gap).add(gap));
            assertThat(big(sizes.watermarks().promo()))
                    .isEqualTo(min.add(gap).add(gap).add(gap));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void lowmemReserves(int seed) {
        draw(seed);
        for (ZoneSizes sizes : ZoneSizing.of(managed, settings, cpus)) {
            long[] zones = managed.get(sizes.nid());
            int zone = sizes.type().ordinal();
            int ratio = settings.lowmemReserveRatio().get(zone);
            for (int upper = 0; upper < ZoneType.COUNT; upper++) {
                BigInteger above = IntStream.rangeClosed(zone + 1, upper)
                        .mapToObj(each -> big(zones[each]))
                        .reduce(ZERO, BigInteger::add);
                BigInteger reserve = ratio == 0 || zones[zone] == 0 ? ZERO : above.divide(big(ratio));

                assertThat(big(sizes.lowmemReserve().get(upper))).isEqualTo(reserve);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void pageSets(int seed) {
        draw(seed);
        int fraction = settings.percpuPagelistHighFraction();
        for (ZoneSizes sizes : ZoneSizing.of(managed, settings, cpus)) {
            BigInteger pages = big(sizes.pagesManaged());
            BigInteger size = pages.divide(big(4096)).min(big(64));
            BigInteger batch = size.compareTo(ONE) <= 0
                    ? ONE
                    : ONE.shiftLeft(size.add(size.divide(big(2))).bitLength() - 1)
                            .subtract(ONE);
            BigInteger forMin = fraction == 0 ? big(sizes.watermarks().low()) : pages.divide(big(fraction));
            BigInteger forMax = fraction == 0 ? pages.divide(big(8)) : forMin;

            assertThat(big(sizes.pageSet().batch())).isEqualTo(batch);
            assertThat(big(sizes.pageSet().highMin())).isEqualTo(high(forMin, sizes.nid(), batch));
            assertThat(big(sizes.pageSet().highMax())).isEqualTo(high(forMax, sizes.nid(), batch));
        }
    }

    private BigInteger high(BigInteger pages, int nid, BigInteger batch) {
        int sharers = cpus[nid] > 0 ? cpus[nid] : Math.max(1, IntStream.of(cpus).sum());
        return pages.divide(big(sharers)).max(batch.multiply(big(4))).min(big(Integer.MAX_VALUE));
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }
}
