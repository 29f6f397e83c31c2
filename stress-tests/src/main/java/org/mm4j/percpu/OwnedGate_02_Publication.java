package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * What was written inside is seen by whoever is inside next: all of it, or nothing. The owner leaves by a release store
 * ([owner.R1]) that the drainer's look acquires ([owner.A2]); the drainer grants by a release store ([owner.R2]) that the
 * owner's look acquires ([owner.A1]). In the twins the release comes before the last write.
 *
 * Run:  stress-tests/run OwnedGate_02      (about 25 s)
 */
public class OwnedGate_02_Publication {
    private static final AsymmetricBarrier BARRIER = AsymmetricBarrier.FENCES;

    private OwnedGate_02_Publication() {}

    private static Owner granted() {
        Owner owner = new Owner(Thread.currentThread(), 0);
        owner.grant();
        return owner;
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   ByTheOwner                             0, 0       79,442   15.5777%  acceptable
     *                                          1, 1      430,529   84.4223%  acceptable
     *   ByTheOwnerTwin                         0, 0       52,406   26.0143%  acceptable
     *                                          1, 0        6,342    3.1482%  interesting
     *                                          1, 1      142,703   70.8376%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the drainer was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the owner was first")
    @Outcome(expect = FORBIDDEN, desc = "the drainer saw half of the owner's section")
    @State
    public static class ByTheOwner {
        private final Owner owner = granted();
        private int first;
        private int second;

        @Actor
        public void owner() {
            if (owner.tryEnter(BARRIER)) {
                first = 1;
                Thread.onSpinWait();
                second = 1;
                owner.leave();
            }
        }

        @Actor
        public void drainer(II_Result r) {
            owner.stop(BARRIER);
            r.r1 = first;
            r.r2 = second;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the drainer was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the owner was first")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the drainer saw half of the owner's section")
    @State
    public static class ByTheOwnerTwin {
        private final Owner owner = granted();
        private int first;
        private int second;

        @Actor
        public void owner() {
            if (owner.tryEnter(BARRIER)) {
                first = 1;
                owner.leave();
                Thread.onSpinWait();
                second = 1;
            }
        }

        @Actor
        public void drainer(II_Result r) {
            owner.stop(BARRIER);
            r.r1 = first;
            r.r2 = second;
        }
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   ByTheDrainer                         -1, -1        1,323    0.2703%  acceptable
     *                                          0, 0      210,552   43.0145%  acceptable
     *                                          1, 1      277,616   56.7152%  acceptable
     *   ByTheDrainerTwin                     -1, -1        3,037    0.9270%  acceptable
     *                                          0, 0      254,291   77.6215%  acceptable
     *                                          1, 0           90    0.0275%  interesting
     *                                          1, 1       70,186   21.4240%  acceptable
     */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "the owner did not get in")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the owner was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the drainer was first")
    @Outcome(expect = FORBIDDEN, desc = "the owner saw half of what the drainer did")
    @State
    public static class ByTheDrainer {
        private final Owner owner = granted();
        private int first;
        private int second;

        @Actor
        public void drainer() {
            owner.stop(BARRIER);
            first = 1;
            Thread.onSpinWait();
            second = 1;
            owner.grant();
        }

        @Actor
        public void owner(II_Result r) {
            boolean isInside = owner.tryEnter(BARRIER);
            r.r1 = isInside ? first : -1;
            r.r2 = isInside ? second : -1;
            if (isInside) {
                owner.leave();
            }
        }
    }

    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "the owner did not get in")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the owner was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the drainer was first")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the owner saw half of what the drainer did")
    @State
    public static class ByTheDrainerTwin {
        private final Owner owner = granted();
        private int first;
        private int second;

        @Actor
        public void drainer() {
            owner.stop(BARRIER);
            first = 1;
            owner.grant();
            Thread.onSpinWait();
            second = 1;
        }

        @Actor
        public void owner(II_Result r) {
            boolean isInside = owner.tryEnter(BARRIER);
            r.r1 = isInside ? first : -1;
            r.r2 = isInside ? second : -1;
            if (isInside) {
                owner.leave();
            }
        }
    }
}
