package org.mm4j.lab;

import java.util.List;
import java.util.stream.Stream;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.buddy.ZoneSizes;
import org.mm4j.buddy.ZoneSizing;

/**
 * What {@code mm zones} prints, under the names of its {@code --json}.
 *
 * @param minFreeKbytes what all low zones together keep free, in KiB
 * @param cpus how many CPUs share the zones
 * @param zones all five zones of the node
 */
record ZoneFigures(long minFreeKbytes, int cpus, List<Zone> zones) {
    /**
     * One zone; in pages.
     *
     * @param name as the kernel writes it
     * @param managed its size
     * @param min watermark below which ordinary requests fail
     * @param low watermark below which reclaim starts
     * @param high watermark at which reclaim stops
     * @param promo watermark for memory tiering
     * @param lowmemReserve what is kept from requests that could have been served by zone 0 to 4
     * @param batch what a page cache moves at once
     * @param highMin the smallest size at which a page cache drains
     * @param highMax the largest size at which a page cache drains
     */
    record Zone(
            String name,
            long managed,
            long min,
            long low,
            long high,
            long promo,
            List<Long> lowmemReserve,
            int batch,
            int highMin,
            int highMax) {
        private static Zone of(ZoneSizes sizes) {
            return new Zone(
                    sizes.type().kernelName(),
                    sizes.pagesManaged(),
                    sizes.watermarks().min(),
                    sizes.watermarks().low(),
                    sizes.watermarks().high(),
                    sizes.watermarks().promo(),
                    sizes.lowmemReserve(),
                    sizes.pageSet().batch(),
                    sizes.pageSet().highMin(),
                    sizes.pageSet().highMax());
        }
    }

    /** The figures of one node with zones of these sizes. */
    static ZoneFigures of(long[] managed, ZoneSettings settings, int cpus) {
        long minFreeKbytes = settings.minFreeKbytes() == ZoneSettings.COMPUTED
                ? ZoneSizing.minFreeKbytes(ZoneSizing.lowmemPages(managed))
                : settings.minFreeKbytes();
        List<ZoneSizes> sizes = ZoneSizing.of(List.of(managed), settings, new int[] {cpus});
        return new ZoneFigures(minFreeKbytes, cpus, sizes.stream().map(Zone::of).toList());
    }

    /** Three tables, each with a sentence that says how to read it. */
    String render() {
        return """
                Pages of 4 KiB; min_free_kbytes %d, CPUs %d.

                Watermarks: ordinary requests fail below min; reclaim starts below low and stops at high.
                %s
                Reserve: pages that stay in a zone (row) when a request may also use a higher zone (column).
                %s
                Page cache of each CPU: pages move in batches; it drains at a size from high_min to high_max.
                %s""".formatted(minFreeKbytes, cpus, watermarks(), reserves(), caches());
    }

    private String watermarks() {
        return Columns.render(
                Stream.of("zone", "managed", "min", "low", "high", "promo"),
                zones.stream().map(z -> Stream.of(z.name, z.managed, z.min, z.low, z.high, z.promo)));
    }

    private String reserves() {
        return Columns.render(
                Stream.concat(Stream.of("zone"), Stream.of(ZoneType.values()).map(ZoneType::kernelName)),
                zones.stream().map(z -> Stream.concat(Stream.of(z.name), z.lowmemReserve.stream())));
    }

    private String caches() {
        return Columns.render(
                Stream.of("zone", "batch", "high_min", "high_max"),
                zones.stream().filter(z -> z.managed > 0).map(z -> Stream.of(z.name, z.batch, z.highMin, z.highMax)));
    }
}
