package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * Two threads want to own the only slot that can be owned. One gets it, under the slot's lock ([shared-gate.A1],
 * [owner.R2]); the other shares the second slot, or takes the first one over when its owner has ended meanwhile: at the
 * end of an iteration that happens, too. Each adds to the plain count of the slot that it is in. In the twin each has a
 * gate of its own, and so nobody to be kept apart from.
 *
 * Run:  stress-tests/run OwnedGate_03      (about 15 s)
 */
public class OwnedGate_03_Contenders {
    private static final int ENTRIES = 50;

    private OwnedGate_03_Contenders() {}

    private static SlotGate gate() {
        return new OwnedGate(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    }

    /** Adds one to the count of the slot that it enters, time and again; how often. */
    private static int add(SlotGate gate, int[] counts) {
        int additions = 0;
        for (int entry = 0; entry < ENTRIES; entry++) {
            int slot = gate.enter();
            if (slot != SlotGate.NONE) {
                counts[slot]++;
                gate.leave(slot);
                additions++;
            }
        }
        return additions;
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OneOwner                              false            0    0.0000%  forbidden
     *                                          true      357,547  100.0000%  acceptable
     *   OneOwnerTwin                          false       18,474   10.4489%  interesting
     *                                          true      158,329   89.5511%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "additions were lost: both were in one slot at once")
    @State
    public static class OneOwner {
        private final SlotGate gate = gate();
        private final int[] counts = new int[2];
        private int byOne;
        private int byTwo;

        @Actor
        public void one() {
            byOne = add(gate, counts);
        }

        @Actor
        public void two() {
            byTwo = add(gate, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = byOne + byTwo == counts[0] + counts[1];
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "additions were lost: both were in one slot at once")
    @State
    public static class OneOwnerTwin {
        private final SlotGate gate = gate();
        private final SlotGate other = gate();
        private final int[] counts = new int[2];
        private int byOne;
        private int byTwo;

        @Actor
        public void one() {
            byOne = add(gate, counts);
        }

        @Actor
        public void two() {
            byTwo = add(other, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = byOne + byTwo == counts[0] + counts[1];
        }
    }
}
