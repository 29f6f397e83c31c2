package org.mm4j.vmalloc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.Gfp;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * Two threads map neighbouring pages at the same time, and all tables but the root are missing. Each makes what it does
 * not find; a table is put in place by a compare-and-set ([pagetable.R1]), and who comes second takes the table of the
 * first ([pagetable.A1]). Otherwise one of the two writes into a table that nobody reaches, and its page is lost.
 *
 * The twin looks and then sets, in two steps.
 *
 * Run:  stress-tests/run PageTable_01      (about 15 s)
 *
 * 2-core x86_64, Temurin-25.0.3+9        RESULT      SAMPLES       FREQ  EXPECT
 *   Neighbours                       true, true       88,941  100.0000%  acceptable
 *   NeighboursTwin                  false, true          751    0.7300%  interesting
 *                                   true, false          711    0.6900%  interesting
 *                                    true, true      101,678   98.5800%  acceptable
 */
public class PageTable_01_Neighbours {
    private static final long PAGE = 4096;
    private static final long[] ONE = {1001};
    private static final long[] OTHER = {1002};

    private PageTable_01_Neighbours() {}

    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both pages are there")
    @Outcome(expect = FORBIDDEN, desc = "a page is lost")
    @State
    public static class Neighbours {
        private final MemorySegment map = FewFrames.memory();
        private final PageTable table = new PageTable(map, new FewFrames());

        @Actor
        public void mapsOne() {
            table.map(0, ONE, 1, Gfp.GFP_KERNEL);
        }

        @Actor
        public void mapsOther() {
            table.map(PAGE, OTHER, 1, Gfp.GFP_KERNEL);
        }

        @Arbiter
        public void walks(ZZ_Result r) {
            r.r1 = table.walk(0) == ONE[0];
            r.r2 = table.walk(PAGE) == OTHER[0];
        }
    }

    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both pages are there")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a page is lost")
    @State
    public static class NeighboursTwin {
        private final MemorySegment map = FewFrames.memory();
        private final PageTable table = new CheckThenSetPageTable(map, new FewFrames());

        @Actor
        public void mapsOne() {
            table.map(0, ONE, 1, Gfp.GFP_KERNEL);
        }

        @Actor
        public void mapsOther() {
            table.map(PAGE, OTHER, 1, Gfp.GFP_KERNEL);
        }

        @Arbiter
        public void walks(ZZ_Result r) {
            r.r1 = table.walk(0) == ONE[0];
            r.r2 = table.walk(PAGE) == OTHER[0];
        }
    }
}
