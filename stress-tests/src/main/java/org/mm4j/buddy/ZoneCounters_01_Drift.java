package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * The kernel lets each CPU keep a part of a zone's counts to itself, so they drift, and a watermark is undercut by as much as
 * all CPUs keep. Here the counts change with the lists, under the zone lock, and do not drift. What is left is the time
 * between a look at the mark, which takes no lock, and the taking: each request that has looked may undercut the mark by
 * its pages, and no more.
 *
 *    one                      other
 *    7 free, above 6?         7 free, above 6?
 *    lock, take, 6            lock, take, 5
 *
 * Run:  stress-tests/run ZoneCounters_01
 */
public class ZoneCounters_01_Drift {
    private static final int FRAMES = 16;
    private static final int MARK = 6;
    private static final int DRIFTED = -1;

    /** What one makes who is alone: each takes a page. */
    private static final int REQUESTS = 10;

    private ZoneCounters_01_Drift() {}

    private static boolean isAboveMark(Zone zone) {
        return WatermarkTest.passes(zone, 0, MARK, 0, SmallZone.flags());
    }

    /** Counted on the lists themselves. */
    private static int pagesListed(SmallZone small) {
        int pages = 0;
        for (int order = 0; order <= 4; order++) {
            pages += small.blocks(order) << order;
        }
        return pages;
    }

    /** When all is over; {@link #DRIFTED} when the count says something else than the lists. */
    private static int pagesBelowMark(SmallZone small) {
        int pages = pagesListed(small);
        return pages == small.pagesFree() && pages <= MARK ? MARK - pages : DRIFTED;
    }

    /*
     * Both ask for page after page, and take while the zone is above its mark: how many pages below the mark it ends, or -1
     * when the count is wrong. In the twin both change without the lock, and the count drifts for good.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Watermark                                 0      102,002   72.7500%  acceptable
     *                                             1       38,212   27.2500%  acceptable
     *   WatermarkTwin                            -1       18,308   10.2500%  interesting
     *                                             0      157,928   88.4200%  acceptable
     *                                             1        2,378    1.3300%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "whoever came last found the zone at its mark")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "both had looked before either took: a page below the mark")
    @Outcome(expect = FORBIDDEN, desc = "the count says something else than the lists")
    @State
    public static class Watermark {
        private final SmallZone small = new SmallZone(FRAMES);
        private final Zone zone = small.zone;

        @Actor
        public void one() {
            takeAbove(zone);
        }

        @Actor
        public void other() {
            takeAbove(zone);
        }

        private static void takeAbove(Zone zone) {
            for (int request = 0; request < REQUESTS && isAboveMark(zone); request++) {
                zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = pagesBelowMark(small);
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "whoever came last found the zone at its mark")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "both had looked before either took: a page below the mark")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the count says something else than the lists")
    @State
    public static class WatermarkTwin {
        private final SmallZone small = new SmallZone(FRAMES);
        private final UnlockedZone zone = new UnlockedZone(small.zone);

        @Actor
        public void one() {
            takeAbove(zone);
        }

        @Actor
        public void other() {
            takeAbove(zone);
        }

        private void takeAbove(UnlockedZone zone) {
            for (int request = 0; request < REQUESTS && isAboveMark(small.zone); request++) {
                zone.take(SmallZone.wanted(0, 1), SmallZone.flags(), true, true);
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = pagesBelowMark(small);
        }
    }

    /*
     * The one count that changes without the lock: requests that wanted this node and went to another one, whose lock they
     * hold, if any. The twin reads it and, a moment later, writes it.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Foreign                                   1            0    0.0000%  forbidden
     *                                             2      571,411  100.0000%  acceptable
     *   ForeignTwin                               1       47,901    5.1517%  interesting
     *                                             2      881,910   94.8483%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both are counted")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "one visit was lost")
    @State
    public static class Foreign {
        private final ZoneCounters counters = new ZoneCounters();

        @Actor
        public void one() {
            counters.countForeign(1);
        }

        @Actor
        public void other() {
            counters.countForeign(1);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = (int) counters.numa().foreign();
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both are counted")
    @Outcome(id = "1", expect = ACCEPTABLE_INTERESTING, desc = "one visit was lost")
    @State
    public static class ForeignTwin {
        private final PlainVisits counters = new PlainVisits();

        @Actor
        public void one() {
            counters.countForeign(1);
        }

        @Actor
        public void other() {
            counters.countForeign(1);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = counters.visits();
        }
    }
}
