package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * A block in use goes into the page cache of a CPU by one compare-and-set ([references.A2], which sees what was written
 * before [references.R1]). Somebody who takes a reference meanwhile, and somebody who frees the same block a second time,
 * either come first or are refused.
 *
 * The twins look at the word and, a moment later, write the next one.
 *
 * Run:  stress-tests/run References_03
 */
public class References_03_IntoACache {
    private static final int ONE_SLOT = 0;
    private static final int OTHER_SLOT = 1;

    private References_03_IntoACache() {}

    /** A frame that is in use once. */
    private static class Page {
        final SmallZone small = new SmallZone(2).with(0, 1);
        final References references = new References(small.map, small.zones);
        private final CachedZone cached = new CachedZone(small.zone);
        final int frame = small.map.frame(SmallZone.PFN);

        boolean claim(int slot) {
            return cached.claim(frame, 0, slot);
        }

        boolean lookThenWrite(int slot) {
            long word = small.map.wordOpaque(frame);
            if (!FrameWord.hasOneReference(word, 0)) {
                return false;
            }
            Thread.onSpinWait();
            small.map.setWordOpaque(frame, FrameWord.cached(0, slot));
            return true;
        }
    }

    /*
     * A reference is taken while the block is freed.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Get                             false, true       24,593   21.9475%  acceptable
     *                                   true, false       87,461   78.0525%  acceptable
     *                                    true, true            0    0.0000%  forbidden
     *   GetTwin                         false, true       29,869   24.4842%  acceptable
     *                                   true, false       92,001   75.4150%  acceptable
     *                                    true, true          123    0.1008%  interesting
     */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the block was cached already")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the reference came first")
    @Outcome(id = "true, true", expect = FORBIDDEN, desc = "somebody has a reference of a cached block")
    @State
    public static class Get {
        private final Page page = new Page();

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = page.claim(ONE_SLOT);
        }

        @Actor
        public void gets(ZZ_Result r) {
            r.r2 = page.references.tryGet(SmallZone.PFN);
        }
    }

    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the block was cached already")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the reference came first")
    @Outcome(id = "true, true", expect = ACCEPTABLE_INTERESTING, desc = "somebody has a reference of a cached block")
    @State
    public static class GetTwin {
        private final Page page = new Page();

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = page.lookThenWrite(ONE_SLOT);
        }

        @Actor
        public void gets(ZZ_Result r) {
            r.r2 = page.references.tryGet(SmallZone.PFN);
        }
    }

    /*
     * Two threads free the same block.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   DoubleFree                      false, true       47,956   34.1215%  acceptable
     *                                   true, false       92,589   65.8785%  acceptable
     *   DoubleFreeTwin                  false, true       28,865   23.1749%  acceptable
     *                                   true, false       90,541   72.6927%  acceptable
     *                                    true, true        5,147    4.1324%  interesting
     */
    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE,
            desc = "one is refused")
    @Outcome(expect = FORBIDDEN, desc = "the block is in two caches, or in none")
    @State
    public static class DoubleFree {
        private final Page page = new Page();

        @Actor
        public void one(ZZ_Result r) {
            r.r1 = page.claim(ONE_SLOT);
        }

        @Actor
        public void other(ZZ_Result r) {
            r.r2 = page.claim(OTHER_SLOT);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE,
            desc = "one is refused")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the block is in two caches")
    @State
    public static class DoubleFreeTwin {
        private final Page page = new Page();

        @Actor
        public void one(ZZ_Result r) {
            r.r1 = page.lookThenWrite(ONE_SLOT);
        }

        @Actor
        public void other(ZZ_Result r) {
            r.r2 = page.lookThenWrite(OTHER_SLOT);
        }
    }
}
