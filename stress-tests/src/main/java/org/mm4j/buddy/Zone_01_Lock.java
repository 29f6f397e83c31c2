package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * Blocks change hands under the zone lock only: whoever holds it sees every frame in exactly one place. The twins use
 * UnlockedZone, which takes and frees without the lock.
 *
 * Run:  stress-tests/run Zone_01
 */
public class Zone_01_Lock {
    private Zone_01_Lock() {}

    /*
     * Two take a frame at once, of a zone that has just two, still one block.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   TwoTakes                           0, 1, 0       95,660   76.4149%  acceptable
     *                                      1, 0, 0       29,525   23.5851%  acceptable
     *   TwoTakesTwin                      -1, 0, 1          441    0.3358%  interesting
     *                                     0, -1, 1          443    0.3373%  interesting
     *                                      0, 0, 0          581    0.4424%  interesting
     *                                      0, 0, 1        2,580    1.9645%  interesting
     *                                      0, 1, 0       86,027   65.5050%  acceptable
     *                                      1, 0, 0       41,257   31.4150%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "each has his own")
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "each has his own")
    @Outcome(expect = FORBIDDEN, desc = "both got the same frame, or one got none")
    @State
    public static class TwoTakes {
        private final SmallZone small = new SmallZone(2);
        private final Zone zone = small.zone;

        @Actor
        public void one(III_Result r) {
            r.r1 = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Actor
        public void two(III_Result r) {
            r.r2 = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = small.pagesFree();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "each has his own")
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "each has his own")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both got the same frame, or one got none")
    @State
    public static class TwoTakesTwin {
        private final SmallZone small = new SmallZone(2);
        private final UnlockedZone zone = new UnlockedZone(small.zone);

        @Actor
        public void one(III_Result r) {
            r.r1 = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Actor
        public void two(III_Result r) {
            r.r2 = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = small.pagesFree();
        }
    }

    /*
     * One frees a frame, which merges with the next three, while another takes one of them. When he has given it back all
     * four are one block.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   FreeAndTake                           4, 1      134,401  100.0000%  acceptable
     *   FreeAndTakeTwin                       3, 1           31    0.0242%  interesting
     *                                         4, 1      128,178   99.9384%  acceptable
     *                                         5, 1           48    0.0374%  interesting
     */
    @JCStressTest
    @Outcome(id = "4, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(expect = FORBIDDEN, desc = "frames are lost, or free twice")
    @State
    public static class FreeAndTake {
        private final SmallZone small = new SmallZone(4).with(0, 1);
        private final Zone zone = small.zone;
        private int other;

        @Actor
        public void frees() {
            zone.free(0, 0);
        }

        @Actor
        public void takes() {
            other = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Arbiter
        public void after(II_Result r) {
            zone.free(other, 0);
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(2);
        }
    }

    @JCStressTest
    @Outcome(id = "4, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "frames are lost, or free twice")
    @State
    public static class FreeAndTakeTwin {
        private final SmallZone small = new SmallZone(4).with(0, 1);
        private final UnlockedZone zone = new UnlockedZone(small.zone);
        private int other;

        @Actor
        public void frees() {
            zone.free(0, 0);
        }

        @Actor
        public void takes() {
            other = zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
        }

        @Arbiter
        public void after(II_Result r) {
            zone.free(other, 0);
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(2);
        }
    }
}
