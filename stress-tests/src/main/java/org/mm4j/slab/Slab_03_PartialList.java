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
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * A slab goes on its node's list when the first of its objects is freed, and leaves it when the last one is. A free that
 * may do either takes the list's lock before its compare-and-set ([slabword.R1], [slabword.A1]): so whoever empties the
 * slab finds it listed.
 *
 *    frees all but one                    frees the last one
 *    lock, compare-and-set, list          lock, compare-and-set, on the list? take it off, discard
 *
 * Run:  stress-tests/run Slab_03
 */
public class Slab_03_PartialList {
    /** Discards every slab without objects. */
    private static final SlabRig RIG = new SlabRig();

    private static final SlabRig KEEPING = new SlabRig();

    static {
        RIG.cache.tuning().setMinPartial(0);
        KEEPING.cache.tuning().setMinPartial(Long.MAX_VALUE);
    }

    private Slab_03_PartialList() {}

    private static boolean isGone(Slab slab) {
        boolean isGone = RIG.frames.find(RIG.cache.memory().address(slab, 1)) != slab;
        if (!isGone) {
            RIG.drop(slab);
        }
        return isGone;
    }

    private static int link(Slab slab) {
        for (int object = 2; object < slab.objects; object++) {
            RIG.cache.memory().setNext(slab, object, object + 1);
        }
        return slab.objects;
    }

    /*
     * One thread frees an object of a full slab, and another one all others: whoever comes first lists the slab, and the
     * second one discards it. The twin takes the lock after the compare-and-set: the second one may find no list, and
     * then an empty slab stays on it.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   ListedAndEmptied                     false            0    0.0000%  forbidden
     *                                         true      407,571  100.0000%  acceptable
     *   ListedAndEmptiedTwin                 false           13    0.0032%  interesting
     *                                         true      407,558   99.9968%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "the slab is discarded")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "a slab without objects stays")
    @State
    public static class ListedAndEmptied {
        private final Slab slab = RIG.full();
        private final int last = link(slab);

        @Actor
        public void freesOne() {
            RIG.cache.slabs().freelists().free(slab, 1, 1, 1, true);
        }

        @Actor
        public void freesTheOthers() {
            RIG.cache.slabs().freelists().free(slab, 2, last, last - 1, true);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = isGone(slab);
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "the slab is discarded")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "a slab without objects stays")
    @State
    public static class ListedAndEmptiedTwin {
        private final Slab slab = RIG.full();
        private final int last = link(slab);
        private final LooseList loose = new LooseList(RIG, slab);

        @Actor
        public void freesOne() {
            loose.free(1, 1, 1);
        }

        @Actor
        public void freesTheOthers() {
            loose.free(2, last, last - 1);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = isGone(slab);
        }
    }

    /*
     * A CPU lets go of its slab, whose freelist goes back to it, while somebody frees an object of it; one object stays in
     * use. How many are free then, and whether the slab is on the list. The twin's CPU looks at the word and then stores.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   LetGoWhileFreed                    7, true      417,811  100.0000%  acceptable
     *   LetGoWhileFreedTwin                6, true          631    0.1548%  interesting
     *                                      7, true      406,940   99.8452%  acceptable
     */
    @JCStressTest
    @Outcome(id = "7, true", expect = ACCEPTABLE, desc = "all are free, and the slab is listed")
    @Outcome(expect = FORBIDDEN, desc = "an object is lost, or the slab")
    @State
    public static class LetGoWhileFreed {
        private final Slab slab = KEEPING.frozen();

        {
            chain(slab);
        }

        @Actor
        public void cpu() {
            KEEPING.cache.slabs().freelists().deactivate(slab, 3);
        }

        @Actor
        public void somebody() {
            KEEPING.cache.slabs().freelists().free(slab, 1, 1, 1, true);
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = KEEPING.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r2 = slab.isOnPartial;
            KEEPING.drop(slab);
        }
    }

    @JCStressTest
    @Outcome(id = "7, true", expect = ACCEPTABLE, desc = "all are free, and the slab is listed")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or the slab")
    @State
    public static class LetGoWhileFreedTwin {
        private final Slab slab = KEEPING.frozen();
        private final LooseList loose = new LooseList(KEEPING, slab);

        {
            chain(slab);
        }

        @Actor
        public void cpu() {
            loose.deactivate(3, slab.objects, slab.objects - 2);
        }

        @Actor
        public void somebody() {
            KEEPING.cache.slabs().freelists().free(slab, 1, 1, 1, true);
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = KEEPING.length(slab, SlabWord.freelist(slab.wordAcquire()));
            r.r2 = slab.isOnPartial;
            KEEPING.drop(slab);
        }
    }

    /*
     * Two CPUs let go of a slab each. How many are on the list, and how many the node counts. The twin forgets the lock.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoListed                              2, 2      143,551  100.0000%  acceptable
     *   TwoListedTwin                          1, 1          964    0.3787%  interesting
     *                                          1, 2            8    0.0031%  interesting
     *                                          2, 1           92    0.0361%  interesting
     *                                          2, 2      253,504   99.5820%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "both slabs are on the list, and counted")
    @Outcome(expect = FORBIDDEN, desc = "a slab is lost, or the count is wrong")
    @State
    public static class TwoListed {
        private final NewSlabs pair = new NewSlabs();

        @Actor
        public void one() {
            pair.slabs.list(pair.one, true);
        }

        @Actor
        public void other() {
            pair.slabs.list(pair.other, true);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = pair.listed();
            r.r2 = pair.counted();
            pair.drop();
        }
    }

    @JCStressTest
    @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "both slabs are on the list, and counted")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a slab is lost, or the count is wrong")
    @State
    public static class TwoListedTwin {
        private final NewSlabs pair = new NewSlabs();

        @Actor
        public void one() {
            pair.slabs.node(0).addPartial(pair.one, true);
        }

        @Actor
        public void other() {
            pair.slabs.node(0).addPartial(pair.other, true);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = pair.listed();
            r.r2 = pair.counted();
            pair.drop();
        }
    }

    /** Objects 3 to the last one are with the CPU, 1 and 2 with callers. */
    private static void chain(Slab slab) {
        for (int object = 3; object <= slab.objects; object++) {
            KEEPING.cache.memory().setNext(slab, object, object == slab.objects ? 0 : object + 1);
        }
        slab.setAllocated(2);
    }
}
