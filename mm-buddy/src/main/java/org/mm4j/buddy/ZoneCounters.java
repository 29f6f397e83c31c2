package org.mm4j.buddy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NumaStats;

/**
 * What a zone counts. All counts but {@link #countForeign} change under the zone lock, so a plain addition is enough;
 * anyone may read them, and sees them racy without the lock.
 *
 * <p>In Linux 6.18: vm_stat of {@code struct zone}. Differs: no per-CPU differences, so the counts never drift.
 */
final class ZoneCounters {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CMA = MigrateType.CMA.ordinal();
    private static final int HIGHATOMIC = MigrateType.HIGHATOMIC.ordinal();
    private static final int ISOLATE = MigrateType.ISOLATE.ordinal();

    /** 128 bytes before and after the counts. */
    private static final int PAD = 16;

    private static final int FREE_ORDINARY = PAD;
    private static final int FREE_CMA = PAD + 1;
    private static final int FREE_HIGHATOMIC = PAD + 2;
    private static final int RESERVED_HIGHATOMIC = PAD + 3;
    private static final int ISOLATED = PAD + 4;
    private static final int HIT = PAD + 5;
    private static final int MISS = PAD + 6;
    private static final int LOCAL = PAD + 7;
    private static final int OTHER = PAD + 8;
    private static final int FOREIGN = PAD + 9;

    private final long[] counts = new long[PAD + 10 + PAD];

    /** Free pages that may be allocated: without isolated ones. In Linux: NR_FREE_PAGES. */
    long pagesFree() {
        return pagesFreeOrdinary() + pagesFreeCma() + pagesFreeHighAtomic();
    }

    /** Those that every request may use. */
    long pagesFreeOrdinary() {
        return countOpaque(FREE_ORDINARY);
    }

    long pagesFreeCma() {
        return countOpaque(FREE_CMA);
    }

    long pagesFreeHighAtomic() {
        return countOpaque(FREE_HIGHATOMIC);
    }

    long pagesReservedHighAtomic() {
        return countOpaque(RESERVED_HIGHATOMIC);
    }

    /** Free pages in isolated pageblocks. */
    long pagesIsolated() {
        return countOpaque(ISOLATED);
    }

    /** Free pages of a type have become more, or fewer. In Linux 6.18: account_freepages(). */
    void accountFree(int pages, int type) {
        if (type == CMA) {
            add(FREE_CMA, pages);
        } else if (type == HIGHATOMIC) {
            add(FREE_HIGHATOMIC, pages);
        } else {
            add(type == ISOLATE ? ISOLATED : FREE_ORDINARY, pages);
        }
    }

    void addReservedHighAtomic(long pages) {
        add(RESERVED_HIGHATOMIC, pages);
    }

    /** {@code blocks} allocations here, wanted here or on another node, by a thread of this node or another. */
    void countAllocations(int blocks, boolean wantedHere, boolean local) {
        add(wantedHere ? HIT : MISS, blocks);
        add(local ? LOCAL : OTHER, blocks);
    }

    /** Allocations that wanted this zone's node and went elsewhere. Needs no lock. */
    void countForeign(int blocks) {
        COUNT.getAndAdd(counts, FOREIGN, (long) blocks);
    }

    NumaStats numa() {
        return new NumaStats(
                countOpaque(HIT), countOpaque(MISS), countOpaque(FOREIGN), countOpaque(LOCAL), countOpaque(OTHER));
    }

    private void add(int index, long change) {
        COUNT.setOpaque(counts, index, countOpaque(index) + change);
    }

    private long countOpaque(int index) {
        return (long) COUNT.getOpaque(counts, index);
    }
}
