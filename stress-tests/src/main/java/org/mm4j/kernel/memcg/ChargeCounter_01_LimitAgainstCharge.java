package org.mm4j.kernel.memcg;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * A limit of 0 is set while somebody charges a byte. The charge is added ([charge-counter.R1]) before the limit is looked
 * at ([charge-counter.A1]); the limit is stored ([charge-counter.R2]) before the usage is looked at ([charge-counter.A2]).
 * One of them sees the other, or a group would keep more than it may have and nobody would reclaim.
 *
 * Run:  stress-tests/run ChargeCounter_01      (about 15 s)
 */
public class ChargeCounter_01_LimitAgainstCharge {
    private ChargeCounter_01_LimitAgainstCharge() {}

    /*
     * The twin sets the limit by a plain store: the look at the usage may come first.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT     SAMPLES      FREQ  EXPECT
     *   OneCharge                      false, false     176,843   35.390%  acceptable
     *                                   false, true       2,558    0.510%  acceptable
     *                                    true, true     320,330   64.100%  acceptable
     *   OneChargeTwin                  false, false     109,693   55.730%  acceptable
     *                                   false, true          50    0.030%  acceptable
     *                                   true, false       8,348    4.240%  interesting
     *                                    true, true      78,752   40.010%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "charged first; whoever sets the limit sees it")
    @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "refused")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "refused, and seen before it was undone")
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "charged over the limit, and nobody knows")
    @State
    public static class OneCharge {
        private final ChargeCounter counter = new ChargeCounter(null);

        @Actor
        public void charges(ZZ_Result r) {
            r.r1 = counter.tryCharge(1) == null;
        }

        @Actor
        public void limits(ZZ_Result r) {
            r.r2 = counter.setMax(0) > 0;
        }
    }

    @JCStressTest
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "charged first; whoever sets the limit sees it")
    @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "refused")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "refused, and seen before it was undone")
    @Outcome(id = "true, false", expect = ACCEPTABLE_INTERESTING, desc = "charged over the limit, and nobody knows")
    @State
    public static class OneChargeTwin {
        private final ChargeCounter counter = new LooseCounter();

        @Actor
        public void charges(ZZ_Result r) {
            r.r1 = counter.tryCharge(1) == null;
        }

        @Actor
        public void limits(ZZ_Result r) {
            r.r2 = counter.setMax(0) > 0;
        }
    }
}
