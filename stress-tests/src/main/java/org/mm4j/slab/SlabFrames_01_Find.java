package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.PageFrame;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * Whoever finds the slab of an address finds it complete: the table's entry is written by a release ([slabframes.R1]) and
 * read by an acquire ([slabframes.A1]); its section is there before ([slabframes.R2], [slabframes.A2]).
 *
 * The twin writes the entry before the slab's word.
 *
 * Run:  stress-tests/run SlabFrames_01
 */
public class SlabFrames_01_Find {
    private static final SlabRig RIG = new SlabRig();
    private static final int OBJECTS = 8;

    private SlabFrames_01_Find() {}

    /** A slab that is in no table. */
    private static class Unlisted {
        final Slab slab = RIG.frozen();
        final long address = RIG.cache.memory().address(slab, 1) & -PageFrame.PAGE_SIZE;

        Unlisted() {
            RIG.frames.remove(slab);
            slab.setWordPlain(0);
        }

        int found() {
            Slab found = RIG.frames.find(address);
            return found == null ? -1 : SlabWord.objects(found.wordAcquire());
        }

        void write() {
            slab.setWordPlain(SlabWord.taken(SlabWord.ofFree(OBJECTS, 1), true));
        }

        void add() {
            RIG.frames.add(slab, RIG.frames.section(slab.pfn));
        }
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Publication                              -1      176,084   36.7415%  acceptable
     *                                             0            0    0.0000%  forbidden
     *                                             8      303,167   63.2585%  acceptable
     *   PublicationTwin                          -1      129,529   27.0274%  acceptable
     *                                             0          175    0.0365%  interesting
     *                                             8      349,547   72.9361%  acceptable
     */
    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "8", expect = ACCEPTABLE, desc = "there, and complete")
    @Outcome(id = "0", expect = FORBIDDEN, desc = "there without its word")
    @State
    public static class Publication {
        private final Unlisted unlisted = new Unlisted();

        @Actor
        public void makes() {
            unlisted.write();
            unlisted.add();
        }

        @Actor
        public void finds(I_Result r) {
            r.r1 = unlisted.found();
        }

        @Arbiter
        public void after(I_Result r) {
            RIG.drop(unlisted.slab);
        }
    }

    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "8", expect = ACCEPTABLE, desc = "there, and complete")
    @Outcome(id = "0", expect = ACCEPTABLE_INTERESTING, desc = "there without its word")
    @State
    public static class PublicationTwin {
        private final Unlisted unlisted = new Unlisted();

        @Actor
        public void makes() {
            unlisted.add();
            Thread.onSpinWait();
            unlisted.write();
        }

        @Actor
        public void finds(I_Result r) {
            r.r1 = unlisted.found();
        }

        @Arbiter
        public void after(I_Result r) {
            RIG.drop(unlisted.slab);
        }
    }
}
