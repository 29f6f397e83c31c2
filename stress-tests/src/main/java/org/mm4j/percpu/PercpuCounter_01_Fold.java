package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/*
 * A counter of many CPUs: small amounts stay in the word of a CPU, which goes into the shared count when it has become too
 * large. Several threads are on one CPU. Nothing that is added is lost meanwhile, and a sum counts nothing twice: the word
 * is taken by one exchange, under the lock that a sum has as well ([spinlock.R1], [spinlock.A1]).
 *
 * The twin takes the word by a load and a store, and sums without the lock.
 *
 * Run:  stress-tests/run PercpuCounter_01      (about 15 s)
 */
public class PercpuCounter_01_Fold {
    private static final int BATCH = 2;

    private PercpuCounter_01_Fold() {}

    private static PercpuCounter counter() {
        return new PercpuCounter(new OneCpu(), () -> 0, 0, BATCH);
    }

    /*
     * One adds more than a word may have, another one a little.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   NothingIsLost                             4      125,364  100.0000%  acceptable
     *   NothingIsLostTwin                         3          367    0.0666%  interesting
     *                                             4      550,564   99.9334%  acceptable
     */
    @JCStressTest
    @Outcome(id = "4", expect = ACCEPTABLE, desc = "both amounts are there")
    @Outcome(expect = FORBIDDEN, desc = "an amount is lost, or there twice")
    @State
    public static class NothingIsLost {
        private final PercpuCounter counter = counter();

        @Actor
        public void large() {
            counter.add(3);
        }

        @Actor
        public void small() {
            counter.add(1);
        }

        @Arbiter
        public void after(J_Result r) {
            r.r1 = counter.sum();
        }
    }

    @JCStressTest
    @Outcome(id = "4", expect = ACCEPTABLE, desc = "both amounts are there")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an amount is lost, or there twice")
    @State
    public static class NothingIsLostTwin {
        private final LooseCounter counter = new LooseCounter();

        @Actor
        public void large() {
            counter.fold(3);
        }

        @Actor
        public void small() {
            counter.addToWord(1);
        }

        @Arbiter
        public void after(J_Result r) {
            r.r1 = counter.sum();
        }
    }

    /*
     * One folds a word that has 1 already, another one sums.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   NothingIsCountedTwice                     1      107,021   45.6448%  acceptable
     *                                             4      127,444   54.3552%  acceptable
     *   NothingIsCountedTwiceTwin                 0            8    0.0015%  interesting
     *                                             1      106,178   20.0166%  acceptable
     *                                             4      424,257   79.9804%  acceptable
     *                                             5            8    0.0015%  interesting
     */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the sum came first")
    @Outcome(id = "4", expect = ACCEPTABLE, desc = "the fold came first")
    @Outcome(expect = FORBIDDEN, desc = "the word was counted twice, or not at all")
    @State
    public static class NothingIsCountedTwice {
        private final PercpuCounter counter = counter();

        public NothingIsCountedTwice() {
            counter.add(1);
        }

        @Actor
        public void folds() {
            counter.add(3);
        }

        @Actor
        public void sums(J_Result r) {
            r.r1 = counter.sum();
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the sum came first")
    @Outcome(id = "4", expect = ACCEPTABLE, desc = "the fold came first")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the word was counted twice, or not at all")
    @State
    public static class NothingIsCountedTwiceTwin {
        private final LooseCounter counter = new LooseCounter();

        public NothingIsCountedTwiceTwin() {
            counter.addToWord(1);
        }

        @Actor
        public void folds() {
            counter.fold(3);
        }

        @Actor
        public void sums(J_Result r) {
            r.r1 = counter.sum();
        }
    }
}
