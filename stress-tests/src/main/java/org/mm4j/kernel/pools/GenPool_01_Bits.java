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
 * Two requests never get one unit, a request that fails leaves nothing behind, and whoever gets a unit sees what its last
 * owner wrote. Bits are set by compare-and-set ([gen-pool.A1]) and cleared by one ([gen-pool.R1]).
 *
 * Run:  stress-tests/run GenPool_01      (about 30 s)
 */
public class GenPool_01_Bits {
    private GenPool_01_Bits() {}

    /*
     * Two runs over both words overlap. Each word is set in turn, so that both may find the other's bits.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   Runs                    false, false, 0            0    0.0000%  acceptable
     *                           false, true, 68       39,341   38.9300%  acceptable
     *                           true, false, 64       61,703   61.0700%  acceptable
     *   RunsTwin                false, true, 64          866    0.5000%  interesting
     *                           false, true, 68       77,508   44.8700%  acceptable
     *                           true, false, .*       10,716    6.2000%  interesting
     *                           true, false, 64       79,743   46.1700%  acceptable
     *                            true, true, .*        3,891    2.2400%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 64", expect = ACCEPTABLE, desc = "the lower run was first")
    @Outcome(id = "false, true, 68", expect = ACCEPTABLE, desc = "the upper run was first")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each met the other, and both gave up")
    @Outcome(expect = FORBIDDEN, desc = "a bit has two owners, or was left behind")
    @State
    public static class Runs {
        private final AtomicBits bits = new AtomicBits(128);

        @Actor
        public void takesTheLower(ZZI_Result r) {
            r.r1 = bits.trySet(32, 96);
        }

        @Actor
        public void takesTheUpper(ZZI_Result r) {
            r.r2 = bits.trySet(60, 128);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 64", expect = ACCEPTABLE, desc = "the lower run was first")
    @Outcome(id = "false, true, 68", expect = ACCEPTABLE, desc = "the upper run was first")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each met the other, and both gave up")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a bit has two owners, or was left behind")
    @State
    public static class RunsTwin {
        private final AtomicBits bits = new LooseBits(128);

        @Actor
        public void takesTheLower(ZZI_Result r) {
            r.r1 = bits.trySet(32, 96);
        }

        @Actor
        public void takesTheUpper(ZZI_Result r) {
            r.r2 = bits.trySet(60, 128);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }

    /*
     * A unit goes from one owner to the next. The twin frees before its last write.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   Publication             false, true, -1       90,705   42.9500%  acceptable
     *                             true, true, 1      120,464   57.0500%  acceptable
     *   PublicationTwin         false, true, -1        5,609   99.5700%  acceptable
     *                             true, true, 0            2    0.0400%  interesting
     *                             true, true, 1           22    0.3900%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "the unit was free, and its last owner is done")
    @Outcome(id = "false, true, -1", expect = ACCEPTABLE, desc = "the unit was not free yet")
    @Outcome(expect = FORBIDDEN, desc = "the next owner sees the unit as it was before")
    @State
    public static class Publication {
        private final AtomicBits bits = new AtomicBits(64);
        private int data;

        public Publication() {
            bits.trySet(3, 4);
        }

        @Actor
        public void frees() {
            data = 1;
            bits.tryClear(3, 4);
        }

        @Actor
        public void takes(ZZI_Result r) {
            r.r1 = bits.trySet(3, 4);
            r.r2 = true;
            r.r3 = r.r1 ? data : -1;
        }
    }

    @JCStressTest
    @Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "the unit was free, and its last owner is done")
    @Outcome(id = "false, true, -1", expect = ACCEPTABLE, desc = "the unit was not free yet")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the next owner sees the unit as it was before")
    @State
    public static class PublicationTwin {
        private final AtomicBits bits = new AtomicBits(64);
        private int data;

        public PublicationTwin() {
            bits.trySet(3, 4);
        }

        @Actor
        public void frees() {
            bits.tryClear(3, 4);
            data = 1;
        }

        @Actor
        public void takes(ZZI_Result r) {
            r.r1 = bits.trySet(3, 4);
            r.r2 = true;
            r.r3 = r.r1 ? data : -1;
        }
    }

    /*
     * A run over two words, and one in the second word. Which are set, and how many bits are. The twin forgets the first word
     * when it fails at the second.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoWords                    false, false, 0            0    0.0000%  acceptable
     *                                false, true, 6      208,985   44.5587%  acceptable
     *                               true, false, 10      260,026   55.4413%  acceptable
     *   TwoWordsTwin                false, false, 0            0    0.0000%  acceptable
     *                               false, true, 10       11,196   19.9061%  interesting
     *                                false, true, 6            0    0.0000%  acceptable
     *                               true, false, 10       45,048   80.0939%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, false, 10", expect = ACCEPTABLE, desc = "the long run is set, and nothing else")
    @Outcome(
            id = "false, true, 6",
            expect = ACCEPTABLE,
            desc = "the short one is set, and nothing is left of the long one")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each met the other, and both left nothing")
    @Outcome(expect = FORBIDDEN, desc = "bits are set that are nobody's, or somebody's twice")
    @State
    public static class TwoWords {
        private final AtomicBits bits = new AtomicBits(128);

        @Actor
        public void longRun(ZZI_Result r) {
            r.r1 = bits.trySet(60, 70);
        }

        @Actor
        public void shortRun(ZZI_Result r) {
            r.r2 = bits.trySet(64, 70);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 10", expect = ACCEPTABLE, desc = "the long run is set, and nothing else")
    @Outcome(
            id = "false, true, 6",
            expect = ACCEPTABLE,
            desc = "the short one is set, and nothing is left of the long one")
    @Outcome(id = "false, false, 0", expect = ACCEPTABLE, desc = "each met the other, and both left nothing")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "bits are set that are nobody's, or somebody's twice")
    @State
    public static class TwoWordsTwin {
        private final AtomicBits bits = new AtomicBits(128);

        @Actor
        public void longRun(ZZI_Result r) {
            r.r1 = bits.trySet(60, 64) && bits.trySet(64, 70);
        }

        @Actor
        public void shortRun(ZZI_Result r) {
            r.r2 = bits.trySet(64, 70);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = bits.count();
        }
    }
}
