package org.mm4j.vmalloc;

/**
 * The address space in numbers. Racy: a sum over nodes while others run; exact when nothing else runs.
 *
 * @param areasBusy areas in use
 * @param pagesBusy pages of address space they take, guard pages included
 * @param areasLazy areas freed and not flushed
 * @param pagesLazy pages of address space they take
 * @param rangesPooled ranges kept in pools
 * @param pagesPooled pages of address space they take
 * @param bytesFree free and in no pool
 * @param bytesLargestGap the longest run of them
 * @param gaps how many runs there are
 * @param flushes flushes so far
 */
record VmapStats(
        int areasBusy,
        long pagesBusy,
        int areasLazy,
        long pagesLazy,
        int rangesPooled,
        long pagesPooled,
        long bytesFree,
        long bytesLargestGap,
        int gaps,
        long flushes) {

    /** Walks all areas, node by node. */
    static VmapStats of(VmapAreas areas) {
        Tally busy = new Tally();
        Tally lazy = new Tally();
        Tally pooled = new Tally();
        areas.forEachBusy(busy::add);
        areas.forEachLazy(lazy::add);
        areas.forEachPooled(pooled::add);
        AddressSpace.Gaps gaps = areas.space().gaps();
        return new VmapStats(
                busy.areas,
                busy.pages,
                lazy.areas,
                lazy.pages,
                pooled.areas,
                pooled.pages,
                gaps.bytesFree(),
                gaps.bytesLargest(),
                gaps.count(),
                areas.lazyPurge().flushes());
    }

    private static final class Tally {
        int areas;
        long pages;

        void add(VmapArea area) {
            areas++;
            pages += area.pages();
        }
    }
}
