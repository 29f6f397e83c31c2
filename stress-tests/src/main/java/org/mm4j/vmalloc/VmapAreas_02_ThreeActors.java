package org.mm4j.vmalloc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.CpuSource;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/*
 * VmapAreas_01 with one more: two threads end the same area, while a third one wants its addresses, the only ones there
 * are.
 *
 *    end: unlink, mine? free lazily        alloc: nothing free? purge: flush, then free        end: unlink, mine?
 *
 * One of the two has it. The third one gets nothing, or the address behind the flush: the lock of the node hands the area
 * from the one who unlinked it to the one who purges, and what he did before goes with it.
 *
 * Run:  stress-tests/run --three VmapAreas_02
 */
public class VmapAreas_02_ThreeActors {
    private static final long START = 1 << 20;
    private static final long BYTES = 2 << 12;

    private VmapAreas_02_ThreeActors() {}

    /** A space with room for one area, and one in it. */
    private static VmapAreas areas(RangeFlush flush) {
        VmapAreas areas = new VmapAreas(START, START + BYTES, 1, CpuSource.fixed(0), flush);
        VmapArea area = areas.alloc(BYTES, 1, VmFlags.VM_ALLOC);
        if (area == null) {
            throw new IllegalStateException("no addresses");
        }
        area.publish();
        return areas;
    }

    /** 1 when the caller has ended the area. */
    private static int end(VmapAreas areas) {
        VmapArea area = areas.unlink(START);
        if (area == null) {
            return 0;
        }
        areas.freeLazily(area);
        return 1;
    }

    /** The twin takes what it finds for its own. */
    private static int findAndEnd(VmapAreas areas) {
        VmapArea area = areas.find(START);
        if (area == null) {
            return 0;
        }
        if (areas.unlink(area)) {
            areas.freeLazily(area);
        }
        return 1;
    }

    /*
     * Who has ended the area, and what the third one got: 0 nothing, 1 the address before the flush, 2 behind it.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoEndsAndAlloc                     0, 1, 0        7,442    4.6812%  acceptable
     *                                       0, 1, 2       54,548   34.3119%  acceptable
     *                                       1, 0, 0       14,382    9.0466%  acceptable
     *                                       1, 0, 2       82,605   51.9603%  acceptable
     *   TwoEndsAndAllocTwin                 0, 1, 0        8,453    3.4292%  acceptable
     *                                       0, 1, 2       62,411   25.3186%  acceptable
     *                                       1, 0, 0        8,984    3.6446%  acceptable
     *                                       1, 0, 2      164,580   66.7659%  acceptable
     *                                       1, 1, 2        2,075    0.8418%  interesting
     */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = ACCEPTABLE,
            desc = "one has ended the area; the address was not free yet")
    @Outcome(
            id = {"1, 0, 2", "0, 1, 2"},
            expect = ACCEPTABLE,
            desc = "one has ended the area, and the address was used again behind the flush")
    @Outcome(expect = FORBIDDEN, desc = "both or none have ended it, or the address was used again before the flush")
    @State
    public static class TwoEndsAndAlloc {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> flushed = 1);

        @Actor
        public void one(III_Result r) {
            r.r1 = end(areas);
        }

        @Actor
        public void other(III_Result r) {
            r.r2 = end(areas);
        }

        @Actor
        public void allocates(III_Result r) {
            VmapArea next = areas.alloc(BYTES, 1, VmFlags.VM_ALLOC);
            r.r3 = next == null ? 0 : 1 + flushed;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = ACCEPTABLE,
            desc = "one has ended the area; the address was not free yet")
    @Outcome(
            id = {"1, 0, 2", "0, 1, 2"},
            expect = ACCEPTABLE,
            desc = "one has ended the area, and the address was used again behind the flush")
    @Outcome(
            expect = ACCEPTABLE_INTERESTING,
            desc = "both or none have ended it, or the address was used again before the flush")
    @State
    public static class TwoEndsAndAllocTwin {
        private int flushed;
        private final VmapAreas areas = areas((_, _) -> flushed = 1);

        @Actor
        public void one(III_Result r) {
            r.r1 = findAndEnd(areas);
        }

        @Actor
        public void other(III_Result r) {
            r.r2 = findAndEnd(areas);
        }

        @Actor
        public void allocates(III_Result r) {
            VmapArea next = areas.alloc(BYTES, 1, VmFlags.VM_ALLOC);
            r.r3 = next == null ? 0 : 1 + flushed;
        }
    }
}
