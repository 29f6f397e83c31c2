package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.percpu.SharedGate;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/*
 * Objects that are freed after a grace period gather in a sheaf of their slot. When it is full, it waits for its readers as
 * a whole, and only then is it one of the barn's, from where its objects are handed out again: a reader who has found one
 * finds it as it was ([rcu.R1], [rcu.A1]).
 *
 * The twin gives the full sheaf to the barn at once.
 *
 * Run:  stress-tests/run Sheaf_03
 */
public class Sheaf_03_GracePeriod {
    private Sheaf_03_GracePeriod() {}

    private static final int AS_IT_WAS = 1;
    private static final int USED_AGAIN = -1;

    /** How often the writer works for a grace period before it leaves the rest to the arbiter. */
    private static final int ATTEMPTS = 20_000;

    /** A published object, and another one that fills the sheaf with it. */
    private static class Published {
        final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);
        final EngineRig rig = new EngineRig(SlabEngineKind.SHEAVES, new SharedGate(1, CpuSource.fixed(0)), rcu);
        final long[] objects = rig.take(EngineRig.CAPACITY);
        private final long[] again = new long[EngineRig.CAPACITY];
        private long published = objects[0];

        Published() {
            rig.write(published, AS_IT_WAS);
        }

        int reads() {
            int section = rcu.readLock();
            long found = published;
            Pause.spins(20);
            int seen = found == 0 ? 0 : rig.read(found);
            rcu.readUnlock(section);
            return seen;
        }

        void replaces() {
            published = 0;
            defer();
            for (int attempt = 0; attempt < ATTEMPTS && rig.cache.engine().deferred() > 0; attempt++) {
                rcu.work();
            }
            for (int at = 0; at < again.length; at++) {
                again[at] = rig.alloc();
                rig.write(again[at], USED_AGAIN);
            }
        }

        /** As kfree_rcu(). */
        void defer() {
            for (int at = objects.length - 1; at >= 0; at--) {
                Slab slab = rig.slab(objects[at]);
                int object = rig.cache.memory().number(slab, objects[at]);
                slab.defer(object);
                rig.cache.engine().freeAfterGrace(slab, object);
            }
        }

        boolean isSound() {
            rig.cache.engine().flushDeferred();
            rcu.barrier();
            return rig.isSound(again);
        }
    }

    private static final class PublishedTwin extends Published {
        @Override
        void defer() {
            Sheaf sheaf = new Sheaf(EngineRig.CAPACITY);
            for (int at = objects.length - 1; at >= 0; at--) {
                Slab slab = rig.slab(objects[at]);
                int object = rig.cache.memory().number(slab, objects[at]);
                slab.claim(object);
                sheaf.push(KeptObject.of(object, rig.cache.memory().start(slab, object)));
            }
            ((SheafEngine) rig.cache.engine()).slots().barn(0).putFull(sheaf);
        }
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   FullSheaf                           0, true       24,492   23.4951%  acceptable
     *                                       1, true       79,751   76.5049%  acceptable
     *   FullSheafTwin                      -1, true          612    0.7033%  interesting
     *                                       0, true       32,598   37.4628%  acceptable
     *                                       1, true       53,805   61.8339%  acceptable
     */
    @JCStressTest
    @Outcome(
            id = {"0, true", "1, true"},
            expect = ACCEPTABLE,
            desc = "the reader found nothing, or the object as it was")
    @Outcome(expect = FORBIDDEN, desc = "the object was used again while the reader looked at it, or one is lost")
    @State
    public static class FullSheaf {
        private final Published published = new Published();

        @Actor
        public void reader(IZ_Result r) {
            r.r1 = published.reads();
        }

        @Actor
        public void writer() {
            published.replaces();
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r2 = published.isSound();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, true", "1, true"},
            expect = ACCEPTABLE,
            desc = "the reader found nothing, or the object as it was")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the object was used again while the reader looked at it")
    @State
    public static class FullSheafTwin {
        private final Published published = new PublishedTwin();

        @Actor
        public void reader(IZ_Result r) {
            r.r1 = published.reads();
        }

        @Actor
        public void writer() {
            published.replaces();
        }

        @Arbiter
        public void after(IZ_Result r) {
            r.r2 = published.isSound();
        }
    }
}
