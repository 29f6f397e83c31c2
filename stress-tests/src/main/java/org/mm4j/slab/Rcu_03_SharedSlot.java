package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * Readers share slots, as a slot belongs to a CPU and threads move: so leaving is one atomic instruction, a volatile write
 * ([rcu.R1], [rcu.A1]).
 *
 * Run:  stress-tests/run Rcu_03      (about 15 s)
 */
public class Rcu_03_SharedSlot {
    private static final int SECTIONS = 8;
    private static final int LOOK = 50;

    private Rcu_03_SharedSlot() {}

    private static int read(Objects objects) {
        int section = objects.periods.enter(0);
        int content = objects.find(LOOK);
        leave(objects, section);
        return content;
    }

    /** Reads as well, in the same slot, and then writes. */
    private static void readAndReplace(Objects objects) {
        for (int section = 0; section < SECTIONS; section++) {
            leave(objects, objects.periods.enter(0));
        }
        objects.replace();
    }

    private static void leave(Objects objects, int section) {
        try {
            objects.periods.leave(section);
        } catch (IllegalStateException e) {
            // the broken count has come below 0
        }
    }

    /*
     * The twin leaves by a plain load and a plain store: one that enters meanwhile is not counted.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Leave                                    -1            0    0.0000%  forbidden
     *                                             1      234,539   45.9907%  acceptable
     *                                             2      275,432   54.0093%  acceptable
     *   LeaveTwin                                -1           65    0.0139%  interesting
     *                                             1      206,165   43.9574%  acceptable
     *                                             2      262,781   56.0287%  acceptable
     */
    @JCStressTest
    @Outcome(
            id = {"1", "2"},
            expect = ACCEPTABLE,
            desc = "the reader found the old object or the new one")
    @Outcome(id = "-1", expect = FORBIDDEN, desc = "the object was freed while the reader looked at it")
    @State
    public static class Leave {
        private final Objects objects = new Objects(new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES));

        @Actor
        public void reader(I_Result r) {
            r.r1 = read(objects);
        }

        @Actor
        public void readerAndWriter() {
            readAndReplace(objects);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1", "2"},
            expect = ACCEPTABLE,
            desc = "the reader found the old object or the new one")
    @Outcome(id = "-1", expect = ACCEPTABLE_INTERESTING, desc = "the object was freed while the reader looked at it")
    @State
    public static class LeaveTwin {
        private final Objects objects =
                new Objects(new GracePeriods(PlainCounts.whenLeaving(), AsymmetricBarrier.FENCES));

        @Actor
        public void reader(I_Result r) {
            r.r1 = read(objects);
        }

        @Actor
        public void readerAndWriter() {
            readAndReplace(objects);
        }
    }
}
