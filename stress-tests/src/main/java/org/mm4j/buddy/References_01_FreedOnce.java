package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.BadPageException;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/*
 * A block in use goes away by its last reference: the compare-and-set that drops it ([references.R1]) sees every other
 * change of the word ([references.A1]), so that exactly one thread frees the block, and after everybody's writes.
 *
 * Each test has a twin that differs in one line, the references it uses: ReadThenWriteReferences changes the word in
 * two steps.
 *
 * Run:  stress-tests/run References_01
 */
public class References_01_FreedOnce {
    private References_01_FreedOnce() {}

    /*
     * The owner frees a single frame while somebody else takes a reference on it for a moment. Whoever comes last frees the
     * frame; it is free once, whatever happens.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   GetAndFree                        false, 2       67,673   52.7636%  acceptable
     *                                      true, 2       60,584   47.2364%  acceptable
     *   GetAndFreeTwin                    false, 2       91,386   65.0226%  acceptable
     *                                      true, 1           24    0.0171%  interesting
     *                                      true, 2       49,135   34.9603%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "the reference came first or between; all is free")
    @Outcome(id = "false, 2", expect = ACCEPTABLE, desc = "the frame was free already")
    @Outcome(expect = FORBIDDEN, desc = "the frame was lost, or freed twice")
    @State
    public static class GetAndFree {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void owner() {
            references.free(SmallZone.PFN, 0);
        }

        @Actor
        public void visitor(ZI_Result r) {
            r.r1 = references.tryGet(SmallZone.PFN);
            if (r.r1) {
                references.put(SmallZone.PFN);
            }
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = small.pagesFree();
        }
    }

    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "the reference came first or between; all is free")
    @Outcome(id = "false, 2", expect = ACCEPTABLE, desc = "the frame was free already")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the frame was lost, or freed twice")
    @State
    public static class GetAndFreeTwin {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void owner() {
            references.free(SmallZone.PFN, 0);
        }

        @Actor
        public void visitor(ZI_Result r) {
            r.r1 = references.tryGet(SmallZone.PFN);
            if (r.r1) {
                references.put(SmallZone.PFN);
            }
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = small.pagesFree();
        }
    }

    /*
     * Two free the same block. One of them does; the other is refused.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   DoubleFree                  false, true, 2        9,280   20.8826%  acceptable
     *                               true, false, 2       35,159   79.1174%  acceptable
     *   DoubleFreeTwin              false, true, 2       24,891   20.3836%  acceptable
     *                               true, false, 2       97,186   79.5869%  acceptable
     *                                true, true, 3           36    0.0295%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "the first was faster")
    @Outcome(id = "false, true, 2", expect = ACCEPTABLE, desc = "the second was faster")
    @Outcome(expect = FORBIDDEN, desc = "both freed it")
    @State
    public static class DoubleFree {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = frees();
        }

        @Actor
        public void two(ZZI_Result r) {
            r.r2 = frees();
        }

        private boolean frees() {
            try {
                references.free(SmallZone.PFN, 0);
                return true;
            } catch (BadPageException refused) {
                return false;
            }
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = small.pagesFree();
        }
    }

    @JCStressTest
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "the first was faster")
    @Outcome(id = "false, true, 2", expect = ACCEPTABLE, desc = "the second was faster")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both freed it")
    @State
    public static class DoubleFreeTwin {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void one(ZZI_Result r) {
            r.r1 = frees();
        }

        @Actor
        public void two(ZZI_Result r) {
            r.r2 = frees();
        }

        private boolean frees() {
            try {
                references.free(SmallZone.PFN, 0);
                return true;
            } catch (BadPageException refused) {
                return false;
            }
        }

        @Arbiter
        public void after(ZZI_Result r) {
            r.r3 = small.pagesFree();
        }
    }

    /*
     * Two have references on the only frame there is. One writes to it and drops his reference; the other drops his, and
     * takes the frame anew if he can: then he sees the write. In the twin the one writes a moment too late.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   LastWrite                               -1       22,443   15.6270%  acceptable
     *                                            1      121,174   84.3730%  acceptable
     *   LastWriteTwin                           -1       73,085   55.6503%  acceptable
     *                                            0           94    0.0716%  interesting
     *                                            1       58,150   44.2781%  acceptable
     */
    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "the frame is not free yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the write is seen")
    @Outcome(expect = FORBIDDEN, desc = "the next user of the frame does not see what was written before")
    @State
    public static class LastWrite {
        private final SmallZone small = new SmallZone(1).with(0, 2);
        private final References references = new References(small.map, small.zones);
        private int contents;

        @Actor
        public void one() {
            contents = 1;
            references.put(SmallZone.PFN);
        }

        @Actor
        public void two(I_Result r) {
            references.put(SmallZone.PFN);
            int frame = small.zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
            r.r1 = frame == Zone.NONE ? -1 : contents;
        }
    }

    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "the frame is not free yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the write is seen")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the next user of the frame does not see what was written before")
    @State
    public static class LastWriteTwin {
        private final SmallZone small = new SmallZone(1).with(0, 2);
        private final References references = new References(small.map, small.zones);
        private int contents;

        @Actor
        public void one() {
            references.put(SmallZone.PFN);
            Pause.spins(50);
            contents = 1;
        }

        @Actor
        public void two(I_Result r) {
            references.put(SmallZone.PFN);
            int frame = small.zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
            r.r1 = frame == Zone.NONE ? -1 : contents;
        }
    }
}
