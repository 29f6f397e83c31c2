package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import org.mm4j.api.MigrateType;
import org.mm4j.api.Watermarks;

/** Watermarks of a zone of the naive allocator. */
final class NaiveMarks {
    private final NaiveZone zone;
    private final int boostFactor;
    private final Watermarks marks;

    long boost;
    boolean kswapdWanted;

    NaiveMarks(NaiveZone zone, ZoneSettings settings) {
        this.zone = zone;
        boostFactor = settings.watermarkBoostFactor();
        marks = zone.sizes.watermarks();
    }

    /** Whether the zone may serve the attempt. */
    boolean allow(NaiveTry attempt) {
        if (attempt.noWatermarks() || isAbove(attempt, (attempt.low() ? marks.low() : marks.min()) + boost)) {
            return true;
        }
        boolean ignoresBoost = attempt.order() == 0 && attempt.minReserve() && !attempt.low();
        return ignoresBoost && isAbove(attempt, marks.min());
    }

    boolean isAboveMin(NaiveTry attempt) {
        return isAbove(attempt, marks.min() + boost);
    }

    boolean isAboveHigh(NaiveTry attempt) {
        return isAbove(attempt, marks.high() + boost);
    }

    boolean isAboveLow(NaiveTry attempt, int pagesMore) {
        return isAbove(attempt, marks.low() + boost + pagesMore);
    }

    private boolean isAbove(NaiveTry attempt, long mark) {
        long floor = mark;
        if (attempt.minReserve()) {
            floor -= floor / 2;
            floor -= attempt.nonBlock() ? floor / 4 : 0;
        }
        long usable = zone.pagesFree() - ((1L << attempt.order()) - 1);
        if (!attempt.usesReserves()) {
            usable -= zone.pagesFree(MigrateType.HIGHATOMIC);
        }
        long kept = zone.sizes.lowmemReserve().get(attempt.highest().ordinal());
        return usable > floor + kept && (attempt.order() == 0 || hasBlock(attempt));
    }

    private boolean hasBlock(NaiveTry attempt) {
        for (int order = attempt.order(); order < NR_PAGE_ORDERS; order++) {
            if (!zone.list(order, MigrateType.UNMOVABLE).isEmpty()
                    || !zone.list(order, MigrateType.MOVABLE).isEmpty()
                    || !zone.list(order, MigrateType.RECLAIMABLE).isEmpty()
                    || (attempt.highAtomic()
                            && !zone.list(order, MigrateType.HIGHATOMIC).isEmpty())) {
                return true;
            }
        }
        return false;
    }

    /** A pageblock was looked at to be claimed. */
    void raise(boolean kswapd) {
        long most = marks.high() * boostFactor / 10_000;
        if (boostFactor == 0 || most == 0 || zone.sizes.pagesManaged() < 4 * PAGEBLOCK_NR_PAGES) {
            return;
        }
        boost = Math.min(boost + PAGEBLOCK_NR_PAGES, Math.max(PAGEBLOCK_NR_PAGES, most));
        kswapdWanted |= kswapd;
    }
}
