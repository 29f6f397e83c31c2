package org.mm4j.slab;

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
 * Two threads free the same object: one of them takes it from the caller, by a compare-and-set on the object's state
 * ([slabobject.A1], which pairs with the store of whoever handed it out, [slabobject.R1]); the other is refused.
 *
 * Run:  stress-tests/run Slab_01
 */
public class Slab_01_FreedOnce {
    private static final SlabRig RIG = new SlabRig();
    private static final int OBJECT = 3;

    private Slab_01_FreedOnce() {}

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   DoubleFree                      false, true      160,962   32.8835%  acceptable
     *                                   true, false      328,529   67.1165%  acceptable
     *   DoubleFreeTwin                  false, true      161,804   31.1035%  acceptable
     *                                   true, false      342,107   65.7631%  acceptable
     *                                    true, true       16,300    3.1333%  interesting
     */
    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE,
            desc = "one is refused")
    @Outcome(expect = FORBIDDEN, desc = "both freed the object, or nobody")
    @State
    public static class DoubleFree {
        private final Slab slab = RIG.full();

        public DoubleFree() {
            slab.setAllocated(OBJECT);
        }

        @Actor
        public void one(ZZ_Result r) {
            r.r1 = slab.claim(OBJECT);
        }

        @Actor
        public void other(ZZ_Result r) {
            r.r2 = slab.claim(OBJECT);
        }

        @Arbiter
        public void after(ZZ_Result r) {
            RIG.drop(slab);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE,
            desc = "one is refused")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both freed the object")
    @State
    public static class DoubleFreeTwin {
        private final Slab slab = RIG.full();
        private final LooseSlab loose = new LooseSlab(RIG, slab);

        @Actor
        public void one(ZZ_Result r) {
            r.r1 = loose.claim();
        }

        @Actor
        public void other(ZZ_Result r) {
            r.r2 = loose.claim();
        }

        @Arbiter
        public void after(ZZ_Result r) {
            RIG.drop(slab);
        }
    }
}
