package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * A large block of kmalloc goes away by one change of its byte, the compare-and-set of whoever claims it ([large.A1]), so
 * that exactly one of two frees is believed; and whoever claims it has seen all that was written before it was published
 * ([large.R1]). The table's sections are published when they are empty ([large.R2], [large.A2]).
 *
 * The first test has a twin that uses LookThenStoreTable, which changes the byte in two steps.
 *
 * Run:  stress-tests/run LargeTable_01
 */
public class LargeTable_01_FreedOnce {
    private static final long PFN = 4;

    private LargeTable_01_FreedOnce() {}

    /*
     * One thread frees a block, another one frees it after a grace period. One of them is refused.
     *
     * 2-core x86_64, Temurin 25          RESULT      SAMPLES       FREQ  EXPECT
     *   TwoFrees                    false, true   20,780,238     48.80%  acceptable
     *                               true, false   21,805,893     51.20%  acceptable
     *   TwoFreesTwin                false, true   10,556,520     41.61%  acceptable
     *                               true, false   14,451,248     56.96%  acceptable
     *                                true, true      364,923      1.44%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the first was faster")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the second was faster")
    @Outcome(expect = FORBIDDEN, desc = "both freed it, or nobody")
    @State
    public static class TwoFrees {
        private final LargeTable table = new LargeTable(8);

        public TwoFrees() {
            table.setLive(PFN, 2);
        }

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = table.claim(PFN);
        }

        @Actor
        public void defers(ZZ_Result r) {
            r.r2 = table.defer(PFN);
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the first was faster")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the second was faster")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both freed it, or nobody")
    @State
    public static class TwoFreesTwin {
        private final LargeTable table = new LookThenStoreTable(8);

        public TwoFreesTwin() {
            table.setLive(PFN, 2);
        }

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = table.claim(PFN);
        }

        @Actor
        public void defers(ZZ_Result r) {
            r.r2 = table.defer(PFN);
        }
    }

    /*
     * Two threads make the same section: what each of them says of its frame stays.
     *
     * 2-core x86_64, Temurin 25          RESULT      SAMPLES       FREQ  EXPECT
     *   TwoFirstBlocks                     3, 2   12,746,771    100.00%  acceptable
     */
    @JCStressTest
    @Outcome(id = "3, 2", expect = ACCEPTABLE, desc = "both blocks are known")
    @Outcome(expect = FORBIDDEN, desc = "a section was lost")
    @State
    public static class TwoFirstBlocks {
        private final LargeTable table = new LargeTable(8);

        @Actor
        public void one() {
            table.setLive(PFN, 2);
        }

        @Actor
        public void other() {
            table.setLive(0, 1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = table.state(PFN);
            r.r2 = table.state(0);
        }
    }
}
