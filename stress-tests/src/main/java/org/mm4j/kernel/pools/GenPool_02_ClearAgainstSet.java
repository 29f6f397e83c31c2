package org.mm4j.kernel.pools;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/*
 * One thread gives units back while another one takes units whose bits are in the same word. Both change it by
 * compare-and-set ([gen-pool.R1], [gen-pool.A1]), so that neither change is lost; a clear that only stored would undo the
 * set that came between its load and its store, and the unit would have two owners.
 *
 * The twin reads the word and, a moment later, writes the next one.
 *
 * Run:  stress-tests/run GenPool_02      (about 10 s)
 */
public class GenPool_02_ClearAgainstSet {
    private GenPool_02_ClearAgainstSet() {}

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Neighbours                    true, true, 4      684,051  100.0000%  acceptable
     *   NeighboursTwin                true, true, 0       12,602    1.8151%  interesting
     *                                 true, true, 4      670,395   96.5582%  acceptable
     *                                 true, true, 8       11,294    1.6267%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, true, 4", expect = ACCEPTABLE, desc = "four units are free again, and four others are taken")
    @Outcome(expect = FORBIDDEN, desc = "one of the two changes is lost")
    @State
    public static class Neighbours {
        private final AtomicBits bits = new AtomicBits(64);

        public Neighbours() {
            bits.trySet(0, 4);
        }

        @Actor
        public void frees(ZZI_Result r) {
            r.r1 = bits.tryClear(0, 4);
        }

        @Actor
        public void takes(ZZI_Result r) {
            r.r2 = bits.trySet(8, 12);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }

    @JCStressTest
    @Outcome(id = "true, true, 4", expect = ACCEPTABLE, desc = "four units are free again, and four others are taken")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "one of the two changes is lost")
    @State
    public static class NeighboursTwin {
        private final PlainBits bits = new PlainBits();

        public NeighboursTwin() {
            bits.trySet(0, 4);
        }

        @Actor
        public void frees(ZZI_Result r) {
            r.r1 = bits.tryClear(0, 4);
        }

        @Actor
        public void takes(ZZI_Result r) {
            r.r2 = bits.trySet(8, 12);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }
}
