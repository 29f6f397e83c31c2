package org.mm4j.kernel.pools;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZII_Result;

/*
 * A block whose fragments are all freed is used again by its cache, without a compare-and-set: the cache reads how many
 * references are left, and an acquire fence behind that ([page-frag.A1]) pairs with the release of whoever dropped the
 * last one ([references.R1]). What users wrote into their fragments is over then.
 *
 * Run:  stress-tests/run PageFragCache_01      (about 15 s)
 */
public class PageFragCache_01_UsedAgain {
    private PageFragCache_01_UsedAgain() {}

    /*
     * The cache has one page, and one fragment fills it. The twin frees before its last write.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   UsedAgain                 false, .*, .*      146,055   23.0800%  acceptable
     *                                true, 0, 1       34,164    5.4000%  acceptable
     *                                true, 1, 1      452,632   71.5200%  acceptable
     *   UsedAgainTwin             false, .*, .*       33,564   21.3900%  acceptable
     *                                true, 0, 0        5,745    3.6600%  interesting
     *                                true, 0, 1       17,943   11.4400%  acceptable
     *                                true, 1, 1       99,655   63.5100%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, [01], 1", expect = ACCEPTABLE, desc = "the fragment was freed, and its user is done")
    @Outcome(id = "false, [01], [01]", expect = ACCEPTABLE, desc = "the fragment was in use")
    @Outcome(expect = FORBIDDEN, desc = "the page was used again while its user wrote")
    @State
    public static class UsedAgain {
        private final OnePage page = new OnePage();
        private final PageFragCache cache = new PageFragCache(page, page);
        private final long fragment = cache.alloc(PageFrame.PAGE_SIZE, Gfp.GFP_ATOMIC);
        private int data;

        @Actor
        public void user() {
            data = 1;
            cache.free(fragment);
        }

        @Actor
        public void owner(ZII_Result r) {
            r.r2 = data; // as one has looked who had the page before
            r.r1 = cache.alloc(PageFrame.PAGE_SIZE, Gfp.GFP_ATOMIC) == fragment;
            r.r3 = data;
        }
    }

    @JCStressTest
    @Outcome(id = "true, [01], 1", expect = ACCEPTABLE, desc = "the fragment was freed, and its user is done")
    @Outcome(id = "false, [01], [01]", expect = ACCEPTABLE, desc = "the fragment was in use")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the page was used again while its user wrote")
    @State
    public static class UsedAgainTwin {
        private final OnePage page = new OnePage();
        private final PageFragCache cache = new PageFragCache(page, page);
        private final long fragment = cache.alloc(PageFrame.PAGE_SIZE, Gfp.GFP_ATOMIC);
        private int data;

        @Actor
        public void user() {
            cache.free(fragment);
            data = 1;
        }

        @Actor
        public void owner(ZII_Result r) {
            r.r2 = data; // as one has looked who had the page before
            r.r1 = cache.alloc(PageFrame.PAGE_SIZE, Gfp.GFP_ATOMIC) == fragment;
            r.r3 = data;
        }
    }
}
