package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/*
 * Slab_02 with one more: two threads free an object each of a CPU's slab, while the CPU takes what was freed. If it finds
 * something it keeps the slab, and nobody else is given it; if it finds nothing it lets go, and then whoever frees first is
 * given the slab, and the second one is not.
 *
 *    free: link, compare-and-set       take: compare-and-set to an empty list       free: link, compare-and-set
 *
 * With two actors a thread has one neighbour to lose against. Here its compare-and-set fails twice, once because of the
 * other free and once because of the CPU, and each time all that it derived from the word is out of date: the link that it
 * wrote ([slabword.R1]), and whether the slab will be its own.
 *
 * Run:  stress-tests/run --three Slab_04
 */
public class Slab_04_ThreeActors {
    private static final SlabRig RIG = new SlabRig();

    private Slab_04_ThreeActors() {}

    /*
     * How many objects the CPU took, how many are left, and how many threads were given the slab. The twin's threads read
     * the word and, a moment later, write the next one.
     */
    @JCStressTest
    @Outcome(id = "2, 0, 0", expect = ACCEPTABLE, desc = "the CPU took both")
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "the CPU took one, and has the slab; the other one is left")
    @Outcome(id = "0, 2, 1", expect = ACCEPTABLE, desc = "the CPU let go; who freed first has the slab")
    @Outcome(expect = FORBIDDEN, desc = "an object is lost, or the slab has two owners or none")
    @State
    public static class TwoFreesAndTake {
        private final Slab slab = RIG.frozen();
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

        @Actor
        public void cpu(III_Result r) {
            r.r1 = RIG.length(slab, RIG.cache.slabs().freelists().takeFreed(slab));
        }

        @Arbiter
        public void after(III_Result r) {
            r.r2 = RIG.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r3 = (isOnes ? 1 : 0) + (isOthers ? 1 : 0);
            RIG.drop(slab);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 0, 0", expect = ACCEPTABLE, desc = "the CPU took both")
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "the CPU took one, and has the slab; the other one is left")
    @Outcome(id = "0, 2, 1", expect = ACCEPTABLE, desc = "the CPU let go; who freed first has the slab")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or the slab has two owners or none")
    @State
    public static class TwoFreesAndTakeTwin {
        private final Slab slab = RIG.frozen();
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

        @Actor
        public void cpu(III_Result r) {
            r.r1 = RIG.length(slab, RIG.cache.slabs().freelists().takeFreed(slab));
        }

        @Arbiter
        public void after(III_Result r) {
            r.r2 = RIG.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r3 = (isOnes ? 1 : 0) + (isOthers ? 1 : 0);
            RIG.drop(slab);
        }
    }
}
