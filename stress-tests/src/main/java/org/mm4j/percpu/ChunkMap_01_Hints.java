package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/*
 * The map of a percpu chunk remembers where a search may begin: the first free bit, the longest run, a shorter one in front
 * of it. A hint is derived from the bits, and the bits from a hint that was followed, so all of them change under one lock.
 *
 *    take: follow the hints, set bits, break hints        give: clear bits, join runs, note hints
 *
 * What a hint is about may be right by the time somebody looks, and still the map be wrong for good: a first free bit that
 * is too far back hides free bits from every search to come. So the whole map is checked behind each pair.
 *
 * Run:  stress-tests/run ChunkMap_01
 */
public class ChunkMap_01_Hints {
    private ChunkMap_01_Hints() {}

    /*
     * How many areas are in use, and whether the map is right. The twin finds and takes without the lock.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoTakes                            2, true      143,617  100.0000%  acceptable
     *   TwoTakesTwin                       1, false          143    0.0608%  interesting
     *                                       1, true           53    0.0225%  interesting
     *                                      2, false            8    0.0034%  interesting
     *                                       2, true      235,035   99.9133%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2, true", expect = ACCEPTABLE, desc = "two areas are in use, and every hint is right")
    @Outcome(expect = FORBIDDEN, desc = "areas overlap or are lost, or a hint leads astray")
    @State
    public static class TwoTakes {
        private final OneChunk chunk = new OneChunk();

        @Actor
        public void one() {
            chunk.take();
        }

        @Actor
        public void other() {
            chunk.take();
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = chunk.areas();
            r.r2 = chunk.isRight();
        }
    }

    @JCStressTest
    @Outcome(id = "2, true", expect = ACCEPTABLE, desc = "two areas are in use, and every hint is right")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "areas overlap or are lost, or a hint leads astray")
    @State
    public static class TwoTakesTwin {
        private final LooseChunk chunk = new LooseChunk();

        @Actor
        public void one() {
            chunk.take();
        }

        @Actor
        public void other() {
            chunk.take();
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = chunk.areas();
            r.r2 = chunk.isRight();
        }
    }

    /*
     * The twin takes and gives under the lock, and notes behind it what the first free bit is.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TakeAndGive                         1, true      561,171  100.0000%  acceptable
     *   TakeAndGiveTwin                    1, false          106    0.1500%  interesting
     *                                       1, true       70,856   99.8500%  acceptable
     */
    @JCStressTest
    @Outcome(id = "1, true", expect = ACCEPTABLE, desc = "one area is in use, and every hint is right")
    @Outcome(expect = FORBIDDEN, desc = "areas overlap or are lost, or a hint leads astray")
    @State
    public static class TakeAndGive {
        private final OneChunk chunk = new OneChunk();
        private final long given = chunk.take();

        @Actor
        public void takes() {
            chunk.take();
        }

        @Actor
        public void gives() {
            chunk.give(given);
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = chunk.areas();
            r.r2 = chunk.isRight();
        }
    }

    @JCStressTest
    @Outcome(id = "1, true", expect = ACCEPTABLE, desc = "one area is in use, and every hint is right")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "areas overlap or are lost, or a hint leads astray")
    @State
    public static class TakeAndGiveTwin {
        private final OneChunk chunk = new LateNoteChunk();
        private final long given = chunk.take();

        @Actor
        public void takes() {
            Pause.spins(LateNoteChunk.PAUSE / 2);
            chunk.take();
            Pause.spins(LateNoteChunk.PAUSE / 2);
        }

        @Actor
        public void gives() {
            chunk.give(given);
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r1 = chunk.areas();
            r.r2 = chunk.isRight();
        }
    }
}
