package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.SharedGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * The stack of a slot belongs to whoever is inside. Each object stays in one place: on a stack, on its slab's freelist, or
 * with a caller. How an owner and a drainer keep apart is tested with OwnedGate_01.
 *
 * The twins have the same engine over a gate that stands open.
 *
 * Run:  stress-tests/run Owned_01
 */
public class Owned_01_Slot {
    private Owned_01_Slot() {}

    private static EngineRig guarded() {
        return new EngineRig(SlabEngineKind.OWNED, new OwnedGate(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES));
    }

    private static EngineRig shared() {
        return new EngineRig(SlabEngineKind.OWNED, new SharedGate(1, CpuSource.fixed(0)));
    }

    private static EngineRig open() {
        return new EngineRig(SlabEngineKind.OWNED, new OpenGate());
    }

    /*
     * The owner takes objects off their slab while another thread, which owns nothing, frees some that the owner had: into
     * the slot for all others, or to the slab. The twin's gate lets it into the owner's slot.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OwnerAndRemoteFree                   false            0    0.0000%  forbidden
     *                                         true       53,558  100.0000%  acceptable
     *   OwnerAndRemoteFreeTwin               false          300    0.5622%  interesting
     *                                         true       53,065   99.4378%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class OwnerAndRemoteFree {
        private final EngineRig rig = guarded();
        private final long[] objects = rig.take(6);
        private long held;

        @Actor
        public void owner() {
            rig.free(rig.alloc());
            held = rig.alloc();
        }

        @Actor
        public void remote() {
            for (long object : objects) {
                rig.free(object);
            }
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
    public static class OwnerAndRemoteFreeTwin {
        private final EngineRig rig = open();
        private final long[] objects = rig.take(6);
        private long held;

        @Actor
        public void owner() {
            rig.free(rig.alloc());
            held = rig.alloc();
        }

        @Actor
        public void remote() {
            for (long object : objects) {
                rig.free(object);
            }
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = rig.isSound(held);
        }
    }

    /*
     * Two threads that own nothing free an object each; the one that does not get into the slot frees to the slab. The
     * twin's gate stands open.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   FreesMeet                            false            0    0.0000%  forbidden
     *                                         true      167,587  100.0000%  acceptable
     *   FreesMeetTwin                        false       10,245    3.7578%  interesting
     *                                         true      262,390   96.2422%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class FreesMeet {
        private final EngineRig rig = shared();
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
}
