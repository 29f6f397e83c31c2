package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * OwnedGate_01 and OwnedGate_03 at once: an owner in its slot, a second thread that wants to own the same slot, and a
 * drainer that stops whoever owns it.
 *
 *    owner                  second claimant                 drainer
 *    inside = 1             the slot's lock                 the slot's lock
 *    light                  granted = 0, heavy              granted = 0, heavy
 *    granted?               inside 0? a new owner           inside 0? mine
 *    ...                    granted = 1                     granted = 1
 *
 * The drainer may stop an owner that was replaced a moment ago, and must then stop the new one; a right that it gives back
 * must be the one that it took ([owner.R2], [owner.A1]). With two actors nobody is replaced while he is stopped.
 *
 * Run:  stress-tests/run --three OwnedGate_04      (about 15 s)
 */
public class OwnedGate_04_ThreeActors {
    private static final int ENTRIES = 50;
    private static final int DRAINS = 10;
    private static final int PAUSES = 10;

    private OwnedGate_04_ThreeActors() {}

    private static SlotGate gate() {
        return new OwnedGate(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    }

    /** Adds one to the count of the slot that it enters, time and again; how often. */
    private static int add(SlotGate gate, int[] counts) {
        int additions = 0;
        for (int entry = 0; entry < ENTRIES; entry++) {
            int slot = gate.enter();
            if (slot != SlotGate.NONE) {
                addOne(counts, slot);
                gate.leave(slot);
                additions++;
            }
        }
        return additions;
    }

    /** Takes its time, as three actors seldom meet on two CPUs. */
    private static void addOne(int[] counts, int slot) {
        int count = counts[slot];
        Pause.spins(PAUSES);
        counts[slot] = count + 1;
    }

    /** Adds one to the count of the slot that can be owned, time and again. */
    private static void drain(SlotGate gate, int[] counts) {
        for (int drain = 0; drain < DRAINS; drain++) {
            gate.seize(0);
            addOne(counts, 0);
            gate.release(0);
        }
    }

    /*
     * Each adds to the plain count of the slot that it is in. The twin's drainer stops the owners of a gate that is not
     * theirs.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OneSlot                               false            0    0.0000%  forbidden
     *                                          true       43,228  100.0000%  acceptable
     *   OneSlotTwin                           false          171    0.2374%  interesting
     *                                          true       71,874   99.7626%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "additions were lost: two were in one slot at once")
    @State
    public static class OneSlot {
        private final SlotGate gate = gate();
        private final int[] counts = new int[2];
        private int byOne;
        private int byOther;

        @Actor
        public void one() {
            byOne = add(gate, counts);
        }

        @Actor
        public void other() {
            byOther = add(gate, counts);
        }

        @Actor
        public void drainer() {
            drain(gate, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = byOne + byOther + DRAINS == counts[0] + counts[1];
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "additions were lost: two were in one slot at once")
    @State
    public static class OneSlotTwin {
        private final SlotGate gate = gate();
        private final SlotGate elsewhere = gate();
        private final int[] counts = new int[2];
        private int byOne;
        private int byOther;

        @Actor
        public void one() {
            byOne = add(gate, counts);
        }

        @Actor
        public void other() {
            byOther = add(gate, counts);
        }

        @Actor
        public void drainer() {
            drain(elsewhere, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = byOne + byOther + DRAINS == counts[0] + counts[1];
        }
    }

    /*
     * The same with two drainers and one owner: the right that one of them gives back must not let the owner in while the
     * other one is inside already.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoDrainers                           false            0    0.0000%  forbidden
     *                                          true       55,925  100.0000%  acceptable
     *   TwoDrainersTwin                       false          137    0.1303%  interesting
     *                                          true      104,990   99.8697%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = FORBIDDEN, desc = "additions were lost: two were in one slot at once")
    @State
    public static class TwoDrainers {
        private final SlotGate gate = gate();
        private final int[] counts = new int[2];
        private int additions;

        @Actor
        public void owner() {
            additions = add(gate, counts);
        }

        @Actor
        public void drainer() {
            drain(gate, counts);
        }

        @Actor
        public void otherDrainer() {
            drain(gate, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = additions + 2 * DRAINS == counts[0] + counts[1];
        }
    }

    @JCStressTest
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "every addition is there")
    @Outcome(id = "false", expect = ACCEPTABLE_INTERESTING, desc = "additions were lost: two were in one slot at once")
    @State
    public static class TwoDrainersTwin {
        private final SlotGate gate = gate();
        private final SlotGate elsewhere = gate();
        private final int[] counts = new int[2];
        private int additions;

        @Actor
        public void owner() {
            additions = add(gate, counts);
        }

        @Actor
        public void drainer() {
            drain(gate, counts);
        }

        @Actor
        public void otherDrainer() {
            drain(elsewhere, counts);
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = additions + 2 * DRAINS == counts[0] + counts[1];
        }
    }
}
