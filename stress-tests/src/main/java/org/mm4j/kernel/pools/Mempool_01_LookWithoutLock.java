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
 * The last element of a mempool's reserve is taken, passed on by a race, and freed. The freer looks at the reserve without
 * its lock: it must see that an element is missing, or the element goes to the source and whoever waits for it waits for
 * good. The taker's release fence ([mempool.R1]) and the freer's acquire fence ([mempool.A1]) see to it. Here the element
 * is passed on by plain accesses, which is less than the pool asks for.
 *
 * Run:  stress-tests/run Mempool_01      (about 15 s)
 */
public class Mempool_01_LookWithoutLock {
    private Mempool_01_LookWithoutLock() {}

    /*
     * The twin looks by plain loads, without a fence: the compiler takes what it has loaded before.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   LastElement             false, false, 0       60,582   51.4800%  acceptable
     *                             true, true, 1       57,102   48.5200%  acceptable
     *   LastElementTwin         false, false, 0       33,461   41.5300%  acceptable
     *                            true, false, 0            1    0.0012%  interesting
     *                             true, true, 1       47,102   58.4700%  acceptable
     */
    @JCStressTest
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "the element was not passed on yet")
    @Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "the element is back in the reserve")
    @Outcome(expect = FORBIDDEN, desc = "the element came, but the reserve seemed full")
    @State
    public static class LastElement {
        private final Reserve reserve = new Reserve(1);
        private long element;

        public LastElement() {
            reserve.put(7);
        }

        @Actor
        public void takes() {
            element = reserve.take();
        }

        @Actor
        public void frees(ZZI_Result r) {
            r.r2 = reserve.misses(); // as one has looked who freed another element
            long passedOn = element;
            r.r1 = passedOn != ElementSource.NONE;
            r.r2 = r.r1 && reserve.misses() && reserve.put(passedOn);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = reserve.count();
        }
    }

    @JCStressTest
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "the element was not passed on yet")
    @Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "the element is back in the reserve")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the element came, but the reserve seemed full")
    @State
    public static class LastElementTwin {
        private final Reserve reserve = new StaleReserve(1);
        private long element;

        public LastElementTwin() {
            reserve.put(7);
        }

        @Actor
        public void takes() {
            element = reserve.take();
        }

        @Actor
        public void frees(ZZI_Result r) {
            r.r2 = reserve.misses(); // as one has looked who freed another element
            long passedOn = element;
            r.r1 = passedOn != ElementSource.NONE;
            r.r2 = r.r1 && reserve.misses() && reserve.put(passedOn);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = reserve.count();
        }
    }
}
