package org.mm4j.buddy;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.mm4j.api.ZoneType;

/**
 * How far the zones of one node are from their watermarks: what whoever reclaims in the background has to know.
 *
 * <pre>
 *   pages free
 *      |  ................. high   balanced: kswapd sleeps      + boost, for a while
 *      |  ................. low    kswapd is woken
 *      |  ................. min    requests reclaim themselves
 *      |  ................. min/2  requests wait for kswapd
 * </pre>
 *
 * <p>Any thread may call any method. All answers are racy.
 *
 * <p>In Linux 6.18: mm/vmscan.c, pgdat_balanced(), pgdat_watermark_boosted(), allow_direct_reclaim(),
 * update_reclaim_active().
 */
public final class NodeBalance {
    private static final long SWAP_CLUSTER_MAX = 32;

    private final int nid;
    private final List<Zone> zones;

    NodeBalance(Zones all, int nid) {
        this.nid = nid;
        zones = Stream.of(ZoneType.values())
                .map(type -> all.zone(nid, type))
                .filter(Objects::nonNull)
                .filter(Zone::mayServe)
                .toList();
    }

    /** The node. */
    public int nid() {
        return nid;
    }

    /** Whether some zone up to {@code highest} is at its high watermark, and has a block of the order; true if none is. */
    public boolean isBalanced(int order, ZoneType highest) {
        boolean hasZone = false;
        for (Zone zone : zones) {
            if (isUpTo(zone, highest) && zone.sizes().pagesManaged() > 0) {
                hasZone = true;
                long high = zone.marks().mark(AllocFlags.WMARK_HIGH);
                if (WatermarkTest.passes(zone, order, high, highest.ordinal(), 0)) {
                    return true;
                }
            }
        }
        return !hasZone;
    }

    /** By how many pages the marks of each zone up to {@code highest} are raised, lowest zone first. */
    public long[] boosts(ZoneType highest) {
        return zones.stream()
                .filter(zone -> isUpTo(zone, highest))
                .mapToLong(zone -> zone.marks().boostOpaque())
                .toArray();
    }

    /** Whether the marks of some zone up to {@code highest} are raised. */
    public boolean isBoosted(ZoneType highest) {
        for (Zone zone : zones) {
            if (isUpTo(zone, highest) && zone.marks().boostOpaque() > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Lowers the boost of each zone, which others may have raised meanwhile.
     *
     * @param boosts what {@link #boosts} returned
     */
    public void lowerBoosts(long[] boosts) {
        for (int at = 0; at < boosts.length; at++) {
            if (boosts[at] > 0) {
                Zone zone = zones.get(at);
                zone.lock().lock();
                try {
                    zone.marks().lowerBoost(boosts[at]);
                } finally {
                    zone.lock().unlock();
                }
            }
        }
    }

    /** How many pages one pass of kswapd aims at. */
    public long pagesToReclaim(ZoneType highest) {
        long pages = 0;
        for (Zone zone : zones) {
            pages += isUpTo(zone, highest) ? Math.max(zone.marks().mark(AllocFlags.WMARK_HIGH), SWAP_CLUSTER_MAX) : 0;
        }
        return pages;
    }

    /** Whether requests may reclaim themselves: half of the reserve below the minimum is there still. */
    public boolean allowsDirectReclaim() {
        long pagesFree = 0;
        long reserve = 0;
        for (Zone zone : zones) {
            if (isUpTo(zone, ZoneType.NORMAL)) {
                pagesFree += zone.counters().pagesFree();
                reserve += zone.marks().mark(AllocFlags.WMARK_MIN);
            }
        }
        return reserve == 0 || pagesFree > reserve / 2;
    }

    /** Pages that the allocator hands out on this node. */
    public long pagesManaged() {
        return zones.stream().mapToLong(zone -> zone.sizes().pagesManaged()).sum();
    }

    /** Free pages of all zones of the node, without cached ones. */
    public long pagesFree() {
        long pages = 0;
        for (Zone zone : zones) {
            pages += zone.counters().pagesFree();
        }
        return pages;
    }

    /** Says whether the zones up to {@code highest} are being reclaimed; then page caches keep little. */
    public void setReclaimActive(ZoneType highest, boolean active) {
        for (Zone zone : zones) {
            if (isUpTo(zone, highest)) {
                zone.marks().setReclaimActive(active);
            }
        }
    }

    private static boolean isUpTo(Zone zone, ZoneType highest) {
        return zone.extent().type().compareTo(highest) <= 0;
    }
}
