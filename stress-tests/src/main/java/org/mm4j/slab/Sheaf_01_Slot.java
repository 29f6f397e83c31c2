package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.CpuSource;
import org.mm4j.percpu.SharedGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * The main and the spare sheaf of a slot are changed by plain loads and stores, but only inside of the slot: whoever does
 * not get in goes to the slabs, and whoever drains waits ([shared-gate.R1], [shared-gate.A1]). Each object stays in one
 * place: in a sheaf, on its slab's freelist, or with a caller.
 *
 * The twins have the same engine over a gate that stands open.
 *
 * Run:  stress-tests/run Sheaf_01
 */
public class Sheaf_01_Slot {
    private Sheaf_01_Slot() {}

    private static EngineRig guarded() {
        return new EngineRig(SlabEngineKind.SHEAVES, new SharedGate(1, CpuSource.fixed(0)));
    }

    private static EngineRig open() {
        return new EngineRig(SlabEngineKind.SHEAVES, new OpenGate());
    }

    /*
     * Two threads free an object each; the one that does not get into the slot frees to the slab.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   FreesMeet                            false            0    0.0000%  forbidden
     *                                         true      417,811  100.0000%  acceptable
     *   FreesMeetTwin                        false            3    0.0209%  interesting
     *                                         true       14,382   99.9791%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class FreesMeet {
        private final EngineRig rig = guarded();
        private final long[] objects = rig.take(2);

        @Actor
        public void one() {
            rig.free(objects[0]);
        }

        @Actor
        public void other() {
            rig.free(objects[1]);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or in two places")
    @State
    public static class FreesMeetTwin {
        private final EngineRig rig = open();
        private final long[] objects = rig.take(2);

        @Actor
        public void one() {
            rig.free(objects[0]);
        }

        @Actor
        public void other() {
            rig.free(objects[1]);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    /*
     * Main is full. A thread that frees needs an empty sheaf, which takes main's place; the spare is main then. Another one
     * drains meanwhile, and takes the spare away.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Swap                                 false            0    0.0000%  forbidden
     *                                         true       88,481  100.0000%  acceptable
     *   SwapTwin                             false            7    0.0020%  interesting
     *                                         true      344,489   99.9980%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class Swap {
        private final EngineRig rig = guarded();
        private final long[] objects = rig.take(EngineRig.CAPACITY + 1);

        {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void frees() {
            rig.free(objects[2]);
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or in two places")
    @State
    public static class SwapTwin {
        private final EngineRig rig = open();
        private final long[] objects = rig.take(EngineRig.CAPACITY + 1);

        {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void frees() {
            rig.free(objects[2]);
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    /*
     * A thread frees two objects while another one drains the slot.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   DrainAgainstFree                     false            0    0.0000%  forbidden
     *                                         true      438,291  100.0000%  acceptable
     *   DrainAgainstFreeTwin                 false          172    0.0402%  interesting
     *                                         true      427,879   99.9598%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class DrainAgainstFree {
        private final EngineRig rig = guarded();
        private final long[] objects = rig.take(2);

        @Actor
        public void frees() {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or in two places")
    @State
    public static class DrainAgainstFreeTwin {
        private final EngineRig rig = open();
        private final long[] objects = rig.take(2);

        @Actor
        public void frees() {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound();
        }
    }

    /*
     * A thread takes an object of the slot while another one drains it.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   DrainAgainstAlloc                    false            0    0.0000%  forbidden
     *                                         true       75,995  100.0000%  acceptable
     *   DrainAgainstAllocTwin                false           30    0.0292%  interesting
     *                                         true      102,537   99.9708%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class DrainAgainstAlloc {
        private final EngineRig rig = guarded();
        private final long[] objects = rig.take(2);
        private long held;

        {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void takes() {
            held = rig.alloc();
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound(held);
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "an object is lost, or in two places")
    @State
    public static class DrainAgainstAllocTwin {
        private final EngineRig rig = open();
        private final long[] objects = rig.take(2);
        private long held;

        {
            rig.free(objects[0]);
            rig.free(objects[1]);
        }

        @Actor
        public void takes() {
            held = rig.alloc();
        }

        @Actor
        public void drains() {
            rig.flush();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound(held);
        }
    }
}
