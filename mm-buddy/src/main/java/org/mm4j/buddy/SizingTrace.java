package org.mm4j.buddy;

import java.util.Collections;
import java.util.List;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;

/**
 * Tells which watermarks and reserves all zones have, at boot and when memory has come or gone.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, init_per_zone_wmark_min(), setup_per_zone_lowmem_reserve(),
 * calculate_totalreserve_pages().
 */
final class SizingTrace {
    private SizingTrace() {}

    static void tell(List<ZoneSizes> zones, Tracepoints trace) {
        for (ZoneSizes zone : zones) {
            var marks = zone.watermarks();
            trace.mmSetupPerZoneWmarks(zone.nid(), zone.type(), marks.min(), marks.low(), marks.high(), marks.promo());
        }
        long totalReserve = zones.stream().mapToLong(SizingTrace::reserve).sum();
        trace.mmCalculateTotalreservePages(totalReserve);
        zones.forEach(zone -> tellReserves(zone, trace));
        trace.mmCalculateTotalreservePages(totalReserve);
    }

    private static void tellReserves(ZoneSizes zone, Tracepoints trace) {
        for (int upper = zone.type().ordinal() + 1; upper < ZoneType.COUNT; upper++) {
            trace.mmSetupPerZoneLowmemReserve(
                    zone.nid(),
                    zone.type(),
                    ZoneType.of(upper),
                    zone.lowmemReserve().get(upper));
        }
    }

    /** Pages that ordinary requests do not get. */
    private static long reserve(ZoneSizes zone) {
        long lowmem = Collections.max(zone.lowmemReserve().subList(zone.type().ordinal(), ZoneType.COUNT));
        return Math.min(lowmem + zone.watermarks().high(), zone.pagesManaged());
    }
}
