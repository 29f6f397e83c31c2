package org.mm4j.slab;

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
 * Two slots of a node exchange sheaves with its barn: a full one for an empty one, or the other way round. The barn has a
 * lock, so each sheaf is given to one of them; its counts say so.
 *
 * The twin has a barn without the lock.
 *
 * Run:  stress-tests/run Sheaf_02
 */
public class Sheaf_02_Barn {
    private Sheaf_02_Barn() {}

    private static Sheaf sheaf() {
        return new Sheaf(EngineRig.CAPACITY);
    }

    private static Barn barn(boolean isFull) {
        Barn barn = new Barn();
        if (isFull) {
            barn.putFull(sheaf());
        } else {
            barn.putEmpty(sheaf());
        }
        return barn;
    }

    private static LooseBarn loose(boolean isFull) {
        return new LooseBarn(isFull ? sheaf() : null, isFull ? null : sheaf());
    }

    /*
     * Both slots have a full sheaf, and there is one empty one. Who got it, and how many full ones there are.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoPutFullOnes               false, true, 1       64,017   20.8771%  acceptable
     *                                true, false, 1      242,620   79.1229%  acceptable
     *   TwoPutFullOnesTwin           false, true, 1      129,484   29.5429%  acceptable
     *                                true, false, 1      282,853   64.5354%  acceptable
     *                                true, true, 1          569    0.1298%  interesting
     *                                true, true, 2       25,385    5.7918%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "one has it")
    @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the other one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it, or a full sheaf is lost")
    @State
    public static class TwoPutFullOnes {
        private final Barn barn = barn(false);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = barn.replaceFull(sheaf()) != null;
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = barn.replaceFull(sheaf()) != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "one has it")
    @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the other one has it")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both have it, or a full sheaf is lost")
    @State
    public static class TwoPutFullOnesTwin {
        private final LooseBarn barn = loose(false);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = barn.replaceFull(sheaf()) != null;
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = barn.replaceFull(sheaf()) != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }

    /*
     * Both slots have an empty sheaf, and there is one full one.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoTakeTheFullOne            false, true, 0       23,402   31.5544%  acceptable
     *                                true, false, 0       50,762   68.4456%  acceptable
     *   TwoTakeTheFullOneTwin        false, true, 0       87,797   19.5743%  acceptable
     *                                true, false, 0      321,742   71.7324%  acceptable
     *                                true, true, -1       38,883    8.6690%  interesting
     *                                true, true, 0          109    0.0243%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "one has it")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the other one has it")
    @Outcome(expect = FORBIDDEN, desc = "both have it")
    @State
    public static class TwoTakeTheFullOne {
        private final Barn barn = barn(true);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = barn.replaceEmpty(sheaf()) != null;
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = barn.replaceEmpty(sheaf()) != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "one has it")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the other one has it")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both have it")
    @State
    public static class TwoTakeTheFullOneTwin {
        private final LooseBarn barn = loose(true);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = barn.replaceEmpty(sheaf()) != null;
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = barn.replaceEmpty(sheaf()) != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }

    /*
     * A slot takes the full sheaf while somebody drains the barn.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   DrainAgainstTake             false, true, 0      132,755   28.9371%  acceptable
     *                                true, false, 0      326,016   71.0629%  acceptable
     *   DrainAgainstTakeTwin         false, true, 0      426,839   42.6208%  acceptable
     *                                true, false, 0      550,288   54.9474%  acceptable
     *                                true, true, 0       18,969    1.8941%  interesting
     *                                true, true, -1        5,385    0.5377%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the slot has it")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "it is drained")
    @Outcome(expect = FORBIDDEN, desc = "both have it")
    @State
    public static class DrainAgainstTake {
        private final Barn barn = barn(true);

        @Actor
        public void slot(ZZI_Result r) {
            r.r1 = barn.replaceEmpty(sheaf()) != null;
        }

        @Actor
        public void drains(ZZI_Result r) {
            r.r2 = barn.takeAll() != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the slot has it")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "it is drained")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both have it")
    @State
    public static class DrainAgainstTakeTwin {
        private final LooseBarn barn = loose(true);

        @Actor
        public void slot(ZZI_Result r) {
            r.r1 = barn.replaceEmpty(sheaf()) != null;
        }

        @Actor
        public void drains(ZZI_Result r) {
            r.r2 = barn.takeAll() != null;
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = barn.full();
        }
    }
}
