package org.mm4j.kernel.memcg;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/*
 * Two children charge 2 bytes each where their parent may have 3. One may get them, or none when each sees the other's
 * before they are undone, but never both; and in the end the parent has what was charged, [charge-counter.R1] being one
 * step.
 *
 * Run:  stress-tests/run ChargeCounter_02      (about 15 s)
 */
public class ChargeCounter_02_TwoCharges {
    private ChargeCounter_02_TwoCharges() {}

    /*
     * The twin adds by a load and a store.
     *
     * 2-core x86_64, Temurin 25, busy           RESULT     SAMPLES      FREQ  EXPECT
     *   TwoChildren                     false, true, 2     166,828   32.070%  acceptable
     *                                   true, false, 2     353,383   67.930%  acceptable
     *   TwoChildrenTwin                 false, true, 2     147,702   24.950%  acceptable
     *                                   true, false, 2     423,738   71.590%  acceptable
     *                                    true, true, 2      20,451    3.460%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "the first got it")
    @Outcome(id = "false, true, 2", expect = ACCEPTABLE, desc = "the second got it")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each saw the other's")
    @Outcome(expect = FORBIDDEN, desc = "more than there may be, or a count that is wrong for good")
    @State
    public static class TwoChildren {
        private final ChargeCounter parent = new ChargeCounter(null);
        private final ChargeCounter one = new ChargeCounter(parent);
        private final ChargeCounter other = new ChargeCounter(parent);

        public TwoChildren() {
            parent.setMax(3);
        }

        @Actor
        public void one(ZZJ_Result r) {
            r.r1 = one.tryCharge(2) == null;
        }

        @Actor
        public void other(ZZJ_Result r) {
            r.r2 = other.tryCharge(2) == null;
        }

        @Arbiter
        public void after(ZZJ_Result r) {
            r.r3 = parent.usage();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "the first got it")
    @Outcome(id = "false, true, 2", expect = ACCEPTABLE, desc = "the second got it")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each saw the other's")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "more than there may be, or a count that is wrong for good")
    @State
    public static class TwoChildrenTwin {
        private final ChargeCounter parent = new LookThenAddCounter(null);
        private final ChargeCounter one = new ChargeCounter(parent);
        private final ChargeCounter other = new ChargeCounter(parent);

        public TwoChildrenTwin() {
            parent.setMax(3);
        }

        @Actor
        public void one(ZZJ_Result r) {
            r.r1 = one.tryCharge(2) == null;
        }

        @Actor
        public void other(ZZJ_Result r) {
            r.r2 = other.tryCharge(2) == null;
        }

        @Arbiter
        public void after(ZZJ_Result r) {
            r.r3 = parent.usage();
        }
    }
}
