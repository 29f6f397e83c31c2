package org.mm4j.vmalloc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * The life of an address: an area is unlinked, freed and purged, and another one begins there. Meanwhile somebody looks
 * twice what lies there. It is the old area (1), nothing (0), or the new one (2), in this order and never back; and who
 * finds the new one finds it whole ([vmap.R1], [vmap.A1]), and behind the flush: its address was not used again before.
 *
 * In the twin the reader looks whether there was a flush before it finds the new area. What comes of publishing too early
 * is shown by VmapArea_01_Publication.
 *
 * Run:  stress-tests/run VmapAreas_01      (about 15 s)
 */
public class VmapAreas_01_FindAgainstPurge {
    private static final long START = 1 << 20;
    private static final long BYTES = 2 << 12;
    private static final int LOOKS = 2_000;
    private static final int LOOKS_SHORT = 40;
    private static final long[] OLD = {1};
    private static final long[] NEW = {2};

    private VmapAreas_01_FindAgainstPurge() {}

    /** A space with room for one area, and the old one in it. */
    private static VmapAreas areas(RangeFlush flush) {
        VmapAreas areas = new VmapAreas(START, START + BYTES, 1, CpuSource.fixed(0), flush);
        VmapArea area = alloc(areas);
        area.setPfns(OLD);
        area.publish();
        return areas;
    }

    private static VmapArea alloc(VmapAreas areas) {
        VmapArea area = areas.alloc(BYTES, 1, VmFlags.VM_ALLOC);
        if (area == null) {
            throw new IllegalStateException("no addresses");
        }
        return area;
    }

    /** Frees the old area; what it returns begins at the same address, and has no frames yet. */
    private static VmapArea replace(VmapAreas areas) {
        VmapArea area = areas.unlink(START);
        if (area == null) {
            throw new IllegalStateException("no old area");
        }
        areas.freeLazily(area);
        return alloc(areas); // purges, as nothing is free
    }

    /** Frees the old area, and leaves the purge to others. */
    private static void endOld(VmapAreas areas) {
        VmapArea area = areas.unlink(START);
        if (area == null) {
            throw new IllegalStateException("no old area");
        }
        areas.freeLazily(area);
    }

    /** Takes the address when it is free, or becomes so in a moment. */
    private static boolean takeFree(VmapAreas areas) {
        boolean isTaken = false;
        for (int look = 0; look < LOOKS_SHORT && !isTaken; look++) {
            isTaken = areas.alloc(BYTES, 1, START, START + BYTES, VmFlags.VM_ALLOC, false) != null;
        }
        return isTaken;
    }

    /** Looks until it sees something else, but not for ever, so that the two actors meet. */
    private static int findOther(VmapAreas areas, int than) {
        int found = name(areas.find(START));
        for (int look = 0; look < LOOKS && found == than; look++) {
            found = name(areas.find(START));
        }
        return found;
    }

    /** The same, by another way in. */
    private static int nextOther(VmapAreas areas, int than) {
        int found = name(areas.next(START));
        for (int look = 0; look < LOOKS && found == than; look++) {
            found = name(areas.next(START));
        }
        return found;
    }

    /** 0 for none, 1 for the old one, 2 for the new one, -1 for one that is not whole. */
    private static int name(@Nullable VmapArea area) {
        if (area == null) {
            return 0;
        }
        long[] pfns = area.pfns();
        return pfns.length == 0 ? -1 : (int) pfns[0];
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Flushed                             0, 0, 0            7      0.01%  acceptable
     *                                       0, 0, 1            7      0.01%  acceptable
     *                                       0, 2, 1        6,883     10.82%  acceptable
     *                                       1, 1, 0       16,374     25.74%  acceptable
     *                                       1, 2, 1            1     <0.01%  acceptable
     *                                       2, 2, 1       40,333     63.41%  acceptable
     *   FlushedTwin                         0, 0, 0           26      0.07%  acceptable
     *                                       0, 0, 1            7      0.02%  acceptable
     *                                       0, 2, 0        2,629      7.42%  interesting
     *                                       0, 2, 1          374      1.06%  acceptable
     *                                       1, 1, 0        9,640     27.23%  acceptable
     *                                       1, 2, 0            3     <0.01%  interesting
     *                                       2, 2, 1       22,729     64.19%  acceptable
     */
    @JCStressTest
    @Outcome(
            id = {"1, 1, .*", "1, 0, .*", "1, 2, 1", "0, 0, .*", "0, 2, 1", "2, 2, 1"},
            expect = ACCEPTABLE,
            desc = "in order, and the new area behind the flush")
    @Outcome(expect = FORBIDDEN, desc = "back in time, half an area, or used again before the flush")
    @State
    public static class Flushed {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> flushed = 1);

        @Actor
        public void owner() {
            VmapArea area = replace(areas);
            area.setPfns(NEW);
            area.publish();
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = findOther(areas, 1);
            r.r2 = nextOther(areas, 0);
            r.r3 = flushed;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1, .*", "1, 0, .*", "1, 2, 1", "0, 0, .*", "0, 2, 1", "2, 2, 1"},
            expect = ACCEPTABLE,
            desc = "in order, and the new area behind the flush")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "back in time, half an area, or used again before the flush")
    @State
    public static class FlushedTwin {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> flushed = 1);

        @Actor
        public void owner() {
            VmapArea area = replace(areas);
            area.setPfns(NEW);
            area.publish();
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = findOther(areas, 1);
            r.r3 = flushed;
            r.r2 = nextOther(areas, 0);
        }
    }

    /*
     * One purges, while another one wants an address and does not wait: 0 nothing, 1 the address before the flush, 2 behind
     * it. The twin flushes when the purge is over.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Purged                                    0       24,770   45.5985%  acceptable
     *                                             1            0    0.0000%  forbidden
     *                                             2       29,552   54.4015%  acceptable
     *   PurgedTwin                                0      117,043   61.8075%  acceptable
     *                                             1           40    0.0211%  interesting
     *                                             2       72,284   38.1714%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the address was not free yet")
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "the address was used again behind the flush")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "the address was used again before the flush")
    @State
    public static class Purged {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> flush());

        {
            endOld(areas);
        }

        private void flush() {
            Pause.spins(50);
            flushed = 1;
        }

        @Actor
        public void purger() {
            areas.purge();
        }

        @Actor
        public void taker(I_Result r) {
            r.r1 = takeFree(areas) ? 1 + flushed : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the address was not free yet")
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "the address was used again behind the flush")
    @Outcome(id = "1", expect = ACCEPTABLE_INTERESTING, desc = "the address was used again before the flush")
    @State
    public static class PurgedTwin {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> {});

        {
            endOld(areas);
        }

        @Actor
        public void purger() {
            areas.purge();
            Pause.spins(50);
            flushed = 1;
        }

        @Actor
        public void taker(I_Result r) {
            r.r1 = takeFree(areas) ? 1 + flushed : 0;
        }
    }
}
