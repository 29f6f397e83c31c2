package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.BadPageException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * Blocks in use are cut, under the zone lock, while strangers take and drop references without it ([references.A1],
 * [references.R1]): the cut is a compare-and-set as well, so that no reference is lost, and none is left on frames that
 * are free.
 *
 * Each test has a twin that differs in one line, the references it uses: ReadThenWriteReferences changes the word in
 * two steps.
 *
 * Run:  stress-tests/run References_02
 */
public class References_02_CutWhileShared {
    private References_02_CutWhileShared() {}

    /*
     * The owner frees a block of eight frames that is not compound while a visitor drops his reference on it. Either the
     * owner comes last and frees the block whole, or he frees seven frames and the visitor the first one; then all merge.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   Speculative                           8, 1      131,329  100.0000%  acceptable
     *   SpeculativeTwin                       7, 0           53    0.0434%  interesting
     *                                         8, 1      122,060   99.9566%  acceptable
     */
    @JCStressTest
    @Outcome(id = "8, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(expect = FORBIDDEN, desc = "frames are lost")
    @State
    public static class Speculative {
        private final SmallZone small = new SmallZone(8).with(3, 2);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void owner() {
            references.free(SmallZone.PFN, 3);
        }

        @Actor
        public void visitor() {
            references.put(SmallZone.PFN);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(3);
        }
    }

    @JCStressTest
    @Outcome(id = "8, 1", expect = ACCEPTABLE, desc = "all frames are free, in one block")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "frames are lost")
    @State
    public static class SpeculativeTwin {
        private final SmallZone small = new SmallZone(8).with(3, 2);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void owner() {
            references.free(SmallZone.PFN, 3);
        }

        @Actor
        public void visitor() {
            references.put(SmallZone.PFN);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = small.pagesFree();
            r.r2 = small.blocks(3);
        }
    }

    /*
     * Exact pages are cut from a block that was just taken, while a visitor takes, drops and takes a reference on its
     * first frame. The cut keeps what is there.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   TrimAndGet                            2, 3      128,257  100.0000%  acceptable
     *   TrimAndGetTwin                        1, 3           29    0.0211%  interesting
     *                                         2, 3      137,444   99.9789%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2, 3", expect = ACCEPTABLE, desc = "both references are counted")
    @Outcome(expect = FORBIDDEN, desc = "a reference was lost")
    @State
    public static class TrimAndGet {
        private final SmallZone small = new SmallZone(8).with(3, 1);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void owner() {
            Cutting.trim(small.zone, 0, 5);
        }

        @Actor
        public void visitor() {
            references.tryGet(SmallZone.PFN);
            references.put(SmallZone.PFN);
            references.tryGet(SmallZone.PFN);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = FrameWord.references(small.map.wordOpaque(0));
            r.r2 = small.pagesFree();
        }
    }

    @JCStressTest
    @Outcome(id = "2, 3", expect = ACCEPTABLE, desc = "both references are counted")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a reference was lost")
    @State
    public static class TrimAndGetTwin {
        private final SmallZone small = new SmallZone(8).with(3, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void owner() {
            references.trim(0, 5);
        }

        @Actor
        public void visitor() {
            references.tryGet(SmallZone.PFN);
            references.put(SmallZone.PFN);
            references.tryGet(SmallZone.PFN);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = FrameWord.references(small.map.wordOpaque(0));
            r.r2 = small.pagesFree();
        }
    }

    /*
     * A block is split into frames while a visitor takes, drops and takes a reference. The split is refused, or it keeps
     * what is there.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   SplitAndGet                              2      115,969  100.0000%  acceptable
     *   SplitAndGetTwin                          1          383    0.4240%  interesting
     *                                            2       89,948   99.5760%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both references are counted")
    @Outcome(expect = FORBIDDEN, desc = "a reference was lost")
    @State
    public static class SplitAndGet {
        private final SmallZone small = new SmallZone(2).with(1, 1);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void owner() {
            try {
                new ExactPages(small.zones, references).split(SmallZone.PFN, 1);
            } catch (BadPageException refused) {
                // the visitor has a reference
            }
        }

        @Actor
        public void visitor() {
            references.tryGet(SmallZone.PFN);
            references.put(SmallZone.PFN);
            references.tryGet(SmallZone.PFN);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = FrameWord.references(small.map.wordOpaque(0));
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both references are counted")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a reference was lost")
    @State
    public static class SplitAndGetTwin {
        private final SmallZone small = new SmallZone(2).with(1, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void owner() {
            try {
                references.split(SmallZone.PFN);
            } catch (BadPageException refused) {
                // the visitor has a reference
            }
        }

        @Actor
        public void visitor() {
            references.tryGet(SmallZone.PFN);
            references.put(SmallZone.PFN);
            references.tryGet(SmallZone.PFN);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = FrameWord.references(small.map.wordOpaque(0));
        }
    }

    /*
     * A range of one frame is given back while a visitor has a reference for a moment, twice. Whoever comes last frees it.
     *
     * 2-core x86_64, Temurin 25             RESULT      SAMPLES       FREQ  EXPECT
     *   GiveBackAndGet                           2       99,254  100.0000%  acceptable
     *   GiveBackAndGetTwin                       1          142    0.1567%  interesting
     *                                            2       90,478   99.8433%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "all is free")
    @Outcome(expect = FORBIDDEN, desc = "the frame was lost, or freed twice")
    @State
    public static class GiveBackAndGet {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final References references = new References(small.map, small.zones);

        @Actor
        public void owner() {
            new ExactPages(small.zones, references).free(SmallZone.PFN, 1);
        }

        @Actor
        public void visitor() {
            for (int visit = 0; visit < 2 && references.tryGet(SmallZone.PFN); visit++) {
                references.put(SmallZone.PFN);
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = small.pagesFree();
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "all is free")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the frame was lost, or freed twice")
    @State
    public static class GiveBackAndGetTwin {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Actor
        public void owner() {
            references.giveBack(SmallZone.PFN);
        }

        @Actor
        public void visitor() {
            for (int visit = 0; visit < 2 && references.tryGet(SmallZone.PFN); visit++) {
                references.put(SmallZone.PFN);
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = small.pagesFree();
        }
    }
}
