package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * Zone_01 with one more: three blocks that are buddies are freed at once, two frames and the pair behind them. Whoever comes
 * last merges twice; whoever comes second merges once or not at all, as the order falls.
 *
 *    frame     0     1     2     3
 *           |  0  |  1  |   pair    |      in use
 *           |           4           |      free, in the end: one block, not two or three side by side
 *
 * The second merge looks at a block that another one has made a moment ago, in a section of its own: what it finds there
 * was ordered by the lock alone.
 *
 * Run:  stress-tests/run --three Zone_02
 */
public class Zone_02_ThreeActors {
    private Zone_02_ThreeActors() {}

    /*
     * The twin forgets the lock.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   ThreeFrees                             4, 1      133,287  100.0000%  acceptable
     *   ThreeFreesTwin                         3, 0            7    0.0099%  interesting
     *                                          4, 0            2    0.0028%  interesting
     *                                          4, 1       70,595   99.9873%  acceptable
     */
    @JCStressTest
    @Outcome(id = "4, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(expect = FORBIDDEN, desc = "buddies lie side by side unmerged, or frames are lost, or free twice")
    @State
    public static class ThreeFrees {
        private final SmallZone small = new SmallZone(4).with(0, 1).with(0, 1).with(1, 1);
        private final Zone zone = small.zone;

        @Actor
        public void first() {
            zone.free(0, 0);
        }

        @Actor
        public void second() {
            zone.free(1, 0);
        }

        @Actor
        public void pair() {
            zone.free(2, 1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(2);
        }
    }

    @JCStressTest
    @Outcome(id = "4, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(
            expect = ACCEPTABLE_INTERESTING,
            desc = "buddies lie side by side unmerged, or frames are lost, or free twice")
    @State
    public static class ThreeFreesTwin {
        private final SmallZone small = new SmallZone(4).with(0, 1).with(0, 1).with(1, 1);
        private final UnlockedZone zone = new UnlockedZone(small.zone);

        @Actor
        public void first() {
            zone.free(0, 0);
        }

        @Actor
        public void second() {
            zone.free(1, 0);
        }

        @Actor
        public void pair() {
            zone.free(2, 1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(2);
        }
    }
}
