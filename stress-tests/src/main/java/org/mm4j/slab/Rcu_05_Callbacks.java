package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/*
 * Callbacks run once each, one at a time: a runner sees what the one before did ([rcu-callbacks.R1], [rcu-callbacks.A1]),
 * who waits sees what they did ([rcu-callbacks.R2], [rcu-callbacks.A2]), and a callback is in one queue at a time
 * ([rcu-callback.R1], [rcu-callback.A1]).
 *
 * Run:  stress-tests/run Rcu_05      (about 40 s)
 */
public class Rcu_05_Callbacks {
    private Rcu_05_Callbacks() {}

    private static Callbacks callbacks() {
        return new Callbacks(new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES));
    }

    /*
     * Each thread defers a callback and does what is due. In the twin each runs its own.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OneAtATime                                2      122,294  100.0000%  acceptable
     *   OneAtATimeTwin                            1        6,993    1.1420%  interesting
     *                                             2      605,378   98.8580%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both ran, one after the other")
    @Outcome(expect = FORBIDDEN, desc = "one is lost, or they ran at once")
    @State
    public static class OneAtATime {
        private final int[] count = new int[1];
        private final Callbacks callbacks = callbacks();

        private void defer() {
            callbacks.add(new CountingCallback(count));
            callbacks.work();
        }

        @Actor
        public void one() {
            defer();
        }

        @Actor
        public void other() {
            defer();
        }

        @Arbiter
        public void after(I_Result r) {
            callbacks.barrier();
            r.r1 = count[0];
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both ran, one after the other")
    @Outcome(id = "1", expect = ACCEPTABLE_INTERESTING, desc = "they ran at once")
    @State
    public static class OneAtATimeTwin {
        private final int[] count = new int[1];

        private void defer() {
            new CountingCallback(count).afterGracePeriod();
        }

        @Actor
        public void one() {
            defer();
        }

        @Actor
        public void other() {
            defer();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = count[0];
        }
    }

    /*
     * One thread defers a callback and runs it, the other waits for all that have been deferred. The twin waits until
     * the queue is empty; but a callback has left it before it is done.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Barrier                                0, 0       58,268   59.1649%  acceptable
     *                                          0, 1           13    0.0132%  acceptable
     *                                          1, 1       40,203   40.8219%  acceptable
     *   BarrierTwin                            0, 0       79,006   47.7340%  acceptable
     *                                          0, 1           45    0.0272%  acceptable
     *                                          1, 0           53    0.0320%  interesting
     *                                          1, 1       86,409   52.2068%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing was deferred yet, or it is done all the same")
    @Outcome(
            id = {"0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "what was deferred is done")
    @Outcome(expect = FORBIDDEN, desc = "what was deferred is not done")
    @State
    public static class Barrier {
        private final int[] count = new int[1];
        private final Callbacks callbacks = callbacks();

        @Actor
        public void defers() {
            callbacks.add(new CountingCallback(count));
            callbacks.work();
        }

        @Actor
        public void waits(II_Result r) {
            r.r1 = (int) callbacks.queued();
            callbacks.barrier();
            r.r2 = count[0];
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing was deferred yet, or it is done all the same")
    @Outcome(
            id = {"0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "what was deferred is done")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "what was deferred is not done")
    @State
    public static class BarrierTwin {
        private final int[] count = new int[1];
        private final Callbacks callbacks = callbacks();

        @Actor
        public void defers() {
            callbacks.add(new CountingCallback(count));
            callbacks.work();
        }

        @Actor
        public void waits(II_Result r) {
            r.r1 = (int) callbacks.queued();
            while (!callbacks.isEmpty()) {
                Thread.onSpinWait();
            }
            r.r2 = count[0];
        }
    }

    /*
     * Two threads defer one callback, in two queues. The twin looks whether it waits and then notes that it does.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Claim                        false, true, 1       55,026   36.0040%  acceptable
     *                                true, false, 1       97,807   63.9960%  acceptable
     *   ClaimTwin                    false, true, 1       32,588   24.2577%  acceptable
     *                                true, false, 1       80,701   60.0718%  acceptable
     *                                 true, true, 2       21,052   15.6706%  interesting
     */
    @JCStressTest
    @Outcome(
            id = {"true, false, 1", "false, true, 1"},
            expect = ACCEPTABLE,
            desc = "one of them deferred it")
    @Outcome(expect = FORBIDDEN, desc = "both deferred it, or none")
    @State
    public static class Claim {
        private final int[] count = new int[1];
        private final RcuCallback callback = new CountingCallback(count);
        private final Callbacks callbacks = callbacks();
        private final Callbacks others = callbacks();

        private boolean defers(Callbacks queue) {
            try {
                queue.add(callback);
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = defers(callbacks);
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = defers(others);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            callbacks.barrier();
            others.barrier();
            r.r3 = count[0];
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false, 1", "false, true, 1"},
            expect = ACCEPTABLE,
            desc = "one of them deferred it")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both deferred it")
    @State
    public static class ClaimTwin {
        private final int[] count = new int[1];
        private final Callbacks callbacks = callbacks();
        private final Callbacks others = callbacks();
        private volatile boolean isQueued;

        private boolean defers(Callbacks queue) {
            if (isQueued) {
                return false;
            }
            isQueued = true;
            queue.add(new CountingCallback(count));
            return true;
        }

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = defers(callbacks);
        }

        @Actor
        public void other(ZZI_Result r) {
            r.r2 = defers(others);
        }

        @Arbiter
        public void after(ZZI_Result r) {
            callbacks.barrier();
            others.barrier();
            r.r3 = count[0];
        }
    }
}
