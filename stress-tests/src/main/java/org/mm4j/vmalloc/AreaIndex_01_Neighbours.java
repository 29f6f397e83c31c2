package org.mm4j.vmalloc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * Two areas of a page each lie side by side and are put into the index at the same time, where no table is yet. A table is
 * put in place by a compare-and-set, once, and who comes second takes the table of the first (invariant X2 of AreaIndex).
 * Otherwise one of the two writes into a table that nobody reaches, and its area is not found.
 *
 * The twin looks and then sets, in two steps.
 *
 * Run:  stress-tests/run AreaIndex_01      (about 10 s)
 *
 * 2-core x86_64, Temurin-25.0.3+9        RESULT      SAMPLES       FREQ  EXPECT
 *   Neighbours                       true, true      495,877  100.0000%  acceptable
 *   NeighboursTwin                  false, true       40,207    7.0400%  interesting
 *                                   true, false       40,344    7.0600%  interesting
 *                                    true, true      490,860   85.9000%  acceptable
 */
public class AreaIndex_01_Neighbours {
    private static final long PAGE = 4096;
    private static final long END = 1L << 30;
    private static final VmapArea ONE = new VmapArea(0, PAGE, 0, VmapNode.NONE);
    private static final VmapArea OTHER = new VmapArea(PAGE, PAGE, 0, VmapNode.NONE);

    private AreaIndex_01_Neighbours() {}

    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both areas are found")
    @Outcome(expect = FORBIDDEN, desc = "an area is lost")
    @State
    public static class Neighbours {
        private final AreaIndex index = new AreaIndex(0, END);

        @Actor
        public void putsOne() {
            index.put(ONE);
        }

        @Actor
        public void putsOther() {
            index.put(OTHER);
        }

        @Arbiter
        public void finds(ZZ_Result r) {
            r.r1 = index.at(0) == ONE;
            r.r2 = index.at(PAGE) == OTHER;
        }
    }

    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both areas are found")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an area is lost")
    @State
    public static class NeighboursTwin {
        private final AreaIndex index = new CheckThenSetAreaIndex(0, END);

        @Actor
        public void putsOne() {
            index.put(ONE);
        }

        @Actor
        public void putsOther() {
            index.put(OTHER);
        }

        @Arbiter
        public void finds(ZZ_Result r) {
            r.r1 = index.at(0) == ONE;
            r.r2 = index.at(PAGE) == OTHER;
        }
    }
}
