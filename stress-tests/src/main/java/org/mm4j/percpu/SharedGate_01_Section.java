package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/*
 * One thread at a time is inside of a slot, and sees what was written inside before: entering is a compare-and-set
 * ([shared-gate.A1]), leaving a release store ([shared-gate.R1]).
 *
 * Run:  stress-tests/run SharedGate_01      (about 25 s)
 */
public class SharedGate_01_Section {
    private SharedGate_01_Section() {}

    private static SharedGate gate() {
        return new SharedGate(1, CpuSource.fixed(0));
    }

    /*
     * One enters where it can, the other waits. The twin looks first and then enters.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Exclusion                          false, 1        2,934    0.5753%  acceptable
     *                                       true, 2      507,037   99.4247%  acceptable
     *   ExclusionTwin                      false, 0            0    0.0000%  interesting
     *                                      false, 1          818    0.1783%  acceptable
     *                                       true, 1           41    0.0089%  interesting
     *                                       true, 2      457,912   99.8128%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "the thread got in, and both additions are there")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "the thread found the slot closed")
    @Outcome(expect = FORBIDDEN, desc = "an addition was lost: both were inside at once")
    @State
    public static class Exclusion {
        private final SharedGate gate = gate();
        private int count;

        @Actor
        public void enters(ZI_Result r) {
            int slot = gate.enter();
            r.r1 = slot != SlotGate.NONE;
            if (r.r1) {
                count++;
                gate.leave(slot);
            }
        }

        @Actor
        public void seizes() {
            gate.seize(0);
            count++;
            gate.release(0);
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = count;
        }
    }

    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "the thread got in, and both additions are there")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "the thread found the slot closed")
    @Outcome(
            id = {"true, 1", "false, 0"},
            expect = ACCEPTABLE_INTERESTING,
            desc = "both were inside at once")
    @State
    public static class ExclusionTwin {
        private final LooseGate gate = new LooseGate();
        private int count;

        @Actor
        public void enters(ZI_Result r) {
            r.r1 = gate.tryEnter();
            if (r.r1) {
                count++;
                gate.leave();
            }
        }

        @Actor
        public void seizes() {
            while (!gate.tryEnter()) {
                Thread.onSpinWait();
            }
            count++;
            gate.leave();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = count;
        }
    }

    /*
     * All of a section is seen by the next, or nothing. The twin leaves before its last write.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Publication                          -1, -1        2,491    0.5198%  acceptable
     *                                          0, 0      275,634   57.5135%  acceptable
     *                                          1, 1      201,126   41.9667%  acceptable
     *   PublicationTwin                      -1, -1        3,914    0.7524%  acceptable
     *                                          0, 0      203,665   39.1505%  acceptable
     *                                          1, 0           10    0.0019%  interesting
     *                                          1, 1      312,622   60.0952%  acceptable
     */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "the slot was closed")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer was first")
    @Outcome(expect = FORBIDDEN, desc = "the reader saw half of the writer's section")
    @State
    public static class Publication {
        private final SharedGate gate = gate();
        private int first;
        private int second;

        @Actor
        public void writer() {
            gate.seize(0);
            first = 1;
            Thread.onSpinWait();
            second = 1;
            gate.release(0);
        }

        @Actor
        public void reader(II_Result r) {
            int slot = gate.enter();
            boolean isInside = slot != SlotGate.NONE;
            r.r1 = isInside ? first : -1;
            r.r2 = isInside ? second : -1;
            if (isInside) {
                gate.leave(slot);
            }
        }
    }

    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "the slot was closed")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer was first")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the reader saw half of the writer's section")
    @State
    public static class PublicationTwin {
        private final SharedGate gate = gate();
        private int first;
        private int second;

        @Actor
        public void writer() {
            gate.seize(0);
            first = 1;
            gate.release(0);
            Thread.onSpinWait();
            second = 1;
        }

        @Actor
        public void reader(II_Result r) {
            int slot = gate.enter();
            boolean isInside = slot != SlotGate.NONE;
            r.r1 = isInside ? first : -1;
            r.r2 = isInside ? second : -1;
            if (isInside) {
                gate.leave(slot);
            }
        }
    }
}
