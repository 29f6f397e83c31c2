package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * An owner enters its slot by plain stores, and a drainer stops it. Each announces itself first, goes through its side of
 * the barrier, and only then looks at the other: so at least one sees the other. Without that both are inside, and an
 * addition is lost.
 *
 *    owner                        drainer
 *    inside = 1                   granted = 0
 *    light                        heavy
 *    granted?                     inside 0?
 *
 * Run:  stress-tests/run OwnedGate_01      (about 40 s)
 */
public class OwnedGate_01_OwnerAndDrainer {
    /** So many entries of the owner last about as long as the system call of the drainer. */
    private static final int ENTRIES = 40;

    private OwnedGate_01_OwnerAndDrainer() {}

    /*
     * Both sides are full fences. The twin has no barrier: each store waits in its CPU while the other is looked for.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Fences                                false            0    0.0000%  forbidden
     *                                          true      489,491  100.0000%  acceptable
     *   FencesTwin                            false       24,052    4.5343%  interesting
     *                                          true      506,399   95.4657%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an addition was lost: both were inside at once")
    @State
    public static class Fences {
        private final OwnedCount slot = new OwnedCount(AsymmetricBarrier.FENCES);

        @Actor
        public void owner() {
            slot.ownerAdds(1);
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an addition was lost: both were inside at once")
    @State
    public static class FencesTwin {
        private final OwnedCount slot = new OwnedCount(Barriers.NONE);

        @Actor
        public void owner() {
            slot.ownerAdds(1);
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }

    /*
     * The owner's side is no instruction; the drainer's makes all CPUs go through a fence. The twin's does not.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Membarrier                            false            0    0.0000%  forbidden
     *                                          true      397,331  100.0000%  acceptable
     *   MembarrierTwin                        false          396    0.0761%  interesting
     *                                          true      519,815   99.9239%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an addition was lost: both were inside at once")
    @State
    public static class Membarrier {
        private final OwnedCount slot = new OwnedCount(Barriers.MEMBARRIER);

        @Actor
        public void owner() {
            slot.ownerAdds(ENTRIES);
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an addition was lost: both were inside at once")
    @State
    public static class MembarrierTwin {
        private final OwnedCount slot = new OwnedCount(Barriers.MEMBARRIER_WITHOUT_CALL);

        @Actor
        public void owner() {
            slot.ownerAdds(ENTRIES);
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }

    /*
     * The owner announces itself and then looks. The twin looks first.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   AnnouncesFirst                        false            0    0.0000%  forbidden
     *                                          true      365,678  100.0000%  acceptable
     *   AnnouncesFirstTwin                    false        2,509    0.3781%  interesting
     *                                          true      661,062   99.6219%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an addition was lost: both were inside at once")
    @State
    public static class AnnouncesFirst {
        private final OwnedCount slot = new OwnedCount(AsymmetricBarrier.FENCES);

        @Actor
        public void owner() {
            slot.ownerAdds(2);
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an addition was lost: both were inside at once")
    @State
    public static class AnnouncesFirstTwin {
        private final OwnedCount slot = new OwnedCount(AsymmetricBarrier.FENCES);

        @Actor
        public void owner() {
            slot.ownerAddsCheckingFirst();
        }

        @Actor
        public void drainer() {
            slot.drainerAdds();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = slot.isComplete();
        }
    }
}
