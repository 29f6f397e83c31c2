package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.ZoneSettings;
import picocli.CommandLine.Option;

/** The kernel settings from which the sizes in a zone follow. They are text until somebody asks, so that errors can say more. */
final class ZoneArguments {
    private static final String MIN_FREE = "--min-free-kbytes";
    private static final String SCALE = "--watermark-scale-factor";
    private static final String FRACTION = "--percpu-pagelist-high-fraction";
    private static final String RATIO = "--lowmem-reserve-ratio";
    private static final int SCALE_MAX = 3000;
    private static final int FRACTION_MIN = 8;

    @Option(
            names = MIN_FREE,
            paramLabel = "N",
            description =
                    "KiB that the zones keep free together. Default: what a kernel computes when it boots; khugepaged "
                            + "raises it later: /proc/sys/vm has the value of a running one.")
    private @Nullable String minFreeKbytes;

    @Option(
            names = SCALE,
            paramLabel = "N",
            description = "Least distance of the watermarks, in ten-thousandths of the zone. Default: 10.")
    private @Nullable String watermarkScaleFactor;

    @Option(
            names = RATIO,
            paramLabel = "A,B,C,D,E",
            description =
                    "For each zone, which fraction of the zones above it is kept from their requests; 0: none. Commas "
                            + "or blanks between. Default: 256,256,32,0,0.")
    private @Nullable String lowmemReserveRatio;

    @Option(
            names = FRACTION,
            paramLabel = "N",
            description =
                    "Size of all page caches of a zone as one N-th of it, 8 or more. Default: 0, they tune themselves.")
    private @Nullable String percpuPagelistHighFraction;

    /** The settings, with the kernel's defaults for all that was not given. */
    ZoneSettings settings() {
        ZoneSettings settings = ZoneSettings.DEFAULT;
        if (minFreeKbytes != null) {
            settings = settings.withMinFreeKbytes(number(MIN_FREE, minFreeKbytes, 0, Integer.MAX_VALUE));
        }
        if (watermarkScaleFactor != null) {
            settings = settings.withWatermarkScaleFactor(number(SCALE, watermarkScaleFactor, 1, SCALE_MAX));
        }
        if (percpuPagelistHighFraction != null) {
            settings = settings.withPercpuPagelistHighFraction(fraction(percpuPagelistHighFraction));
        }
        if (lowmemReserveRatio != null) {
            settings = settings.withLowmemReserveRatio(ratios(lowmemReserveRatio, settings.lowmemReserveRatio()));
        }
        return settings;
    }

    private static int number(String name, String text, int min, int max) {
        return (int) WholeNumber.of(name, text.strip(), min, max);
    }

    private static int fraction(String text) {
        return text.strip().equals("0") ? 0 : number(FRACTION + ", if not 0,", text, FRACTION_MIN, Integer.MAX_VALUE);
    }

    /** A kernel with fewer zones prints fewer ratios; the others then stay as they are. */
    private static List<Integer> ratios(String text, List<Integer> standard) {
        String[] words = text.strip().split("\\s*,\\s*|\\s+", -1);
        if (words.length > ZoneType.COUNT) {
            throw new UsageException(RATIO + " has at most " + ZoneType.COUNT + " numbers, unlike \"" + text + '"');
        }
        List<Integer> ratios = new ArrayList<>(standard);
        for (int zone = 0; zone < words.length; zone++) {
            ratios.set(zone, number(RATIO, words[zone], 0, Integer.MAX_VALUE));
        }
        return ratios;
    }
}
