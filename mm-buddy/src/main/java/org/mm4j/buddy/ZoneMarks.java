package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;

/**
 * The watermarks of one zone, the pages it keeps from requests for higher zones, and the boost that raises all marks
 * for a while after pageblocks were claimed. All change under the zone lock, and are read without it.
 *
 * <p>In Linux 6.18: _watermark, watermark_boost and lowmem_reserve of {@code struct zone}; boost_watermark().
 */
final class ZoneMarks {
    private static final VarHandle BOOST;
    private static final VarHandle KSWAPD_WANTED;
    private static final VarHandle BELOW_HIGH;
    private static final VarHandle RECLAIM_ACTIVE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            BOOST = lookup.findVarHandle(ZoneMarks.class, "boost", long.class);
            KSWAPD_WANTED = lookup.findVarHandle(ZoneMarks.class, "kswapdWanted", boolean.class);
            BELOW_HIGH = lookup.findVarHandle(ZoneMarks.class, "belowHigh", boolean.class);
            RECLAIM_ACTIVE = lookup.findVarHandle(ZoneMarks.class, "reclaimActive", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final VarHandle PAGES = MethodHandles.arrayElementVarHandle(long[].class);

    private final int boostFactor;
    private final long[] unboosted = new long[3];
    private final long[] reserveByZone = new long[ZoneType.COUNT];

    /** Only under the zone lock. */
    private long boostMax;

    @SuppressWarnings("unused") // by BOOST
    private long boost;

    @SuppressWarnings("unused") // by KSWAPD_WANTED
    private boolean kswapdWanted;

    @SuppressWarnings("unused") // by BELOW_HIGH
    private boolean belowHigh;

    @SuppressWarnings("unused") // by RECLAIM_ACTIVE
    private boolean reclaimActive;

    ZoneMarks(ZoneSizes sizes, int boostFactor) {
        this.boostFactor = boostFactor;
        set(sizes);
    }

    /** The zone has become larger or smaller. Needs the zone lock; who looks meanwhile may see some old and some new. */
    void set(ZoneSizes sizes) {
        Watermarks watermarks = sizes.watermarks();
        setOpaque(unboosted, AllocFlags.WMARK_MIN, watermarks.min());
        setOpaque(unboosted, AllocFlags.WMARK_LOW, watermarks.low());
        setOpaque(unboosted, AllocFlags.WMARK_HIGH, watermarks.high());
        for (int zone = 0; zone < reserveByZone.length; zone++) {
            setOpaque(reserveByZone, zone, sizes.lowmemReserve().get(zone));
        }
        boostMax = boostMax(watermarks.high(), sizes.pagesManaged(), boostFactor);
        setBoostOpaque(Math.min(boostOpaque(), boostMax));
    }

    private static long boostMax(long high, long pagesManaged, int boostFactor) {
        long max = high / 10_000 * boostFactor + high % 10_000 * boostFactor / 10_000;
        boolean tooSmall = boostFactor == 0 || 4L * PAGEBLOCK_NR_PAGES > pagesManaged || max == 0;
        return tooSmall ? 0 : Math.max(PAGEBLOCK_NR_PAGES, max);
    }

    /** The watermark with index 0 min, 1 low, 2 high, raised by the boost. */
    long mark(int index) {
        return unboosted(index) + boostOpaque();
    }

    long unboosted(int index) {
        return (long) PAGES.getOpaque(unboosted, index);
    }

    /** Pages kept from a request that could have been served by zone number {@code highest}. */
    long reserve(int highest) {
        return (long) PAGES.getOpaque(reserveByZone, highest);
    }

    /** Raises the marks by a pageblock, up to the limit. Needs the zone lock. */
    void boost(boolean wakeKswapd) {
        if (boostMax > 0) {
            setBoostOpaque(Math.min(boostOpaque() + PAGEBLOCK_NR_PAGES, boostMax));
            if (wakeKswapd) {
                setKswapdWantedOpaque(true);
            }
        }
    }

    /** Lowers the marks again, never below what they are without a boost. Needs the zone lock. */
    void lowerBoost(long pages) {
        setBoostOpaque(Math.max(0, boostOpaque() - pages));
    }

    /** Whether the marks were raised since the last call, by a request that wants kswapd to know. */
    boolean clearKswapdWanted() {
        if (kswapdWantedOpaque()) {
            setKswapdWantedOpaque(false); // two callers may both see true: kswapd is woken twice
            return true;
        }
        return false;
    }

    /** Whether a request found the zone below its high watermark. In Linux: ZONE_BELOW_HIGH. */
    boolean isBelowHigh() {
        return (boolean) BELOW_HIGH.getOpaque(this);
    }

    void setBelowHigh(boolean below) {
        BELOW_HIGH.setOpaque(this, below);
    }

    /** Whether somebody reclaims the zone in the background. In Linux: ZONE_RECLAIM_ACTIVE. */
    boolean isReclaimActive() {
        return (boolean) RECLAIM_ACTIVE.getOpaque(this);
    }

    void setReclaimActive(boolean active) {
        RECLAIM_ACTIVE.setOpaque(this, active);
    }

    long boostOpaque() {
        return (long) BOOST.getOpaque(this);
    }

    private void setBoostOpaque(long pages) {
        BOOST.setOpaque(this, pages);
    }

    private boolean kswapdWantedOpaque() {
        return (boolean) KSWAPD_WANTED.getOpaque(this);
    }

    private void setKswapdWantedOpaque(boolean wanted) {
        KSWAPD_WANTED.setOpaque(this, wanted);
    }

    private static void setOpaque(long[] pages, int index, long next) {
        PAGES.setOpaque(pages, index, next);
    }
}
