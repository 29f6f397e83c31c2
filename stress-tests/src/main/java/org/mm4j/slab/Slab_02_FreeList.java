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
import org.openjdk.jcstress.infra.results.IZ_Result;

/*
 * Objects come back to their slab by a compare-and-set of its word ([slabword.R1]), which whoever takes the list sees
 * ([slabword.A1]): none is lost, and links are complete. Whoever frees the first object of a full slab is given it.
 *
 * The twin reads the word and, a moment later, writes the next one.
 *
 * Run:  stress-tests/run Slab_02
 */
public class Slab_02_FreeList {
    private static final SlabRig RIG = new SlabRig();

    private Slab_02_FreeList() {}

    /*
     * Two threads free two objects of a full slab. How many are free then, and how many threads were given the slab.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Frees                                  2, 1      458,771  100.0000%  acceptable
     *   FreesTwin                              1, 2        3,369    1.4673%  interesting
     *                                          2, 1      226,238   98.5327%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "both objects are free, and one thread has the slab")
    @Outcome(expect = FORBIDDEN, desc = "an object was lost, or the slab")
    @State
    public static class Frees {
        private final Slab slab = RIG.full();
        private boolean isOnes;
        private boolean isOthers;

        @Actor
        public void one() {
            isOnes = RIG.cache.slabs().freelists().free(slab, 1, 1, 1, false) != null;
        }

        @Actor
        public void other() {
            isOthers = RIG.cache.slabs().freelists().free(slab, 2, 2, 1, false) != null;
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = RIG.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r2 = (isOnes ? 1 : 0) + (isOthers ? 1 : 0);
            RIG.drop(slab);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "both objects are free, and one thread has the slab")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an object was lost, or the slab was given to both")
    @State
    public static class FreesTwin {
        private final Slab slab = RIG.full();
        private final LooseSlab loose = new LooseSlab(RIG, slab);
        private boolean isOnes;
        private boolean isOthers;

        @Actor
        public void one() {
            isOnes = loose.free(1);
        }

        @Actor
        public void other() {
            isOthers = loose.free(2);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = RIG.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r2 = (isOnes ? 1 : 0) + (isOthers ? 1 : 0);
            RIG.drop(slab);
        }
    }

    /*
     * A CPU takes what was freed of its slab, or lets go of it when that is nothing; meanwhile somebody frees.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TakeAgainstFree                     0, true      218,876   72.6776%  acceptable
     *                                      1, false       82,284   27.3224%  acceptable
     *   TakeAgainstFreeTwin                0, false        2,076    0.4332%  interesting
     *                                       0, true      312,135   65.1298%  acceptable
     *                                      1, false      165,040   34.4371%  acceptable
     */
    @JCStressTest
    @Outcome(id = "1, false", expect = ACCEPTABLE, desc = "the CPU took the object")
    @Outcome(id = "0, true", expect = ACCEPTABLE, desc = "the CPU let go of the slab, and whoever freed was given it")
    @Outcome(expect = FORBIDDEN, desc = "the object is lost, or the slab")
    @State
    public static class TakeAgainstFree {
        private final Slab slab = RIG.frozen();

        @Actor
        public void cpu(IZ_Result r) {
            r.r1 = RIG.length(slab, RIG.cache.slabs().freelists().takeFreed(slab));
        }

        @Actor
        public void somebody(IZ_Result r) {
            r.r2 = RIG.cache.slabs().freelists().free(slab, 1, 1, 1, false) != null;
        }

        @Arbiter
        public void after(IZ_Result r) {
            RIG.drop(slab);
        }
    }

    @JCStressTest
    @Outcome(id = "1, false", expect = ACCEPTABLE, desc = "the CPU took the object")
    @Outcome(id = "0, true", expect = ACCEPTABLE, desc = "the CPU let go of the slab, and whoever freed was given it")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the object is lost, or the slab")
    @State
    public static class TakeAgainstFreeTwin {
        private final Slab slab = RIG.frozen();
        private final LooseSlab loose = new LooseSlab(RIG, slab);

        @Actor
        public void cpu(IZ_Result r) {
            r.r1 = RIG.length(slab, RIG.cache.slabs().freelists().takeFreed(slab));
        }

        @Actor
        public void somebody(IZ_Result r) {
            r.r2 = loose.free(1);
        }

        @Arbiter
        public void after(IZ_Result r) {
            RIG.drop(slab);
        }
    }
}
