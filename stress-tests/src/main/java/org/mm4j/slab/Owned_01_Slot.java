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
 * The stack of a slot belongs to whoever is inside: its owner, who enters by plain stores, or somebody who stopped the
 * owner and drains. Each object stays in one place: on a stack, on its slab's freelist, or with a caller.
 *
 *    owner                                drainer
 *    inside, barrier, not stopped?        stop, barrier, nobody inside?
 *    count, objects                       count, objects
 *
 * The twins have the same engine over a gate without its barrier, or over one that stands open.
 *
 * Run:  stress-tests/run Owned_01
 */
public class Owned_01_Slot {
    private Owned_01_Slot() {}

    /** So many turns of the owner last about as long as the drainer needs to begin. */
    private static final int TURNS = 20;

    private static EngineRig guarded() {
        return owned(AsymmetricBarrier.FENCES);
    }

    private static EngineRig unfenced() {
        return owned(NoBarrier.NONE);
    }

    private static EngineRig owned(AsymmetricBarrier barrier) {
        return new EngineRig(SlabEngineKind.OWNED, new OwnedGate(1, CpuSource.fixed(0), barrier));
    }

    private static EngineRig shared() {
        return new EngineRig(SlabEngineKind.OWNED, new SharedGate(1, CpuSource.fixed(0)));
    }

    private static EngineRig open() {
        return new EngineRig(SlabEngineKind.OWNED, new OpenGate());
    }

    /*
     * The owner takes and frees while another thread drains the slot. The twin's gate has no barrier.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OwnerAndDrainer                      false            0    0.0000%  forbidden
     *                                         true      130,063  100.0000%  acceptable
     *   OwnerAndDrainerTwin                  false            2    0.0011%  interesting
     *                                         true      176,801   99.9989%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "each object is in one place")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "an object is lost, or in two places")
    @State
    public static class OwnerAndDrainer {
        private final EngineRig rig = guarded();
        private long held;

        @Actor
        public void owner() {
            for (int turn = 0; turn < TURNS; turn++) {
                rig.free(rig.alloc());
            }
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
    public static class OwnerAndDrainerTwin {
        private final EngineRig rig = unfenced();
        private long held;

        @Actor
        public void owner() {
            for (int turn = 0; turn < TURNS; turn++) {
                rig.free(rig.alloc());
            }
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
