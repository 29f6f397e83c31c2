package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * A section that missed what was written before a grace period is over when the grace period has ended, and all that it
 * did is seen: leaving releases ([rcu.R1]) what the look at its count acquires ([rcu.A1]), and the end of the grace period
 * releases ([rcu.R2]) what the question for it acquires ([rcu.A2]). So it cannot be that the section missed the news and
 * its own write is missed as well.
 *
 * Run:  stress-tests/run Rcu_01      (about 15 s)
 */
public class Rcu_01_Section {
    private Rcu_01_Section() {}

    /** News that are read inside of a section, and what the section wrote. */
    private static final class Meeting {
        private final GracePeriods periods;
        private int news;
        private int written;

        Meeting(GracePeriods periods) {
            this.periods = periods;
        }

        int reads() {
            int section = periods.enter(0);
            int seen = news;
            written = 1;
            periods.leave(section);
            return seen;
        }

        int tells() {
            news = 1;
            long state = periods.state();
            while (!periods.tryAdvance(state)) {
                Thread.onSpinWait();
            }
            return written;
        }
    }

    /*
     * The twin counts by a plain store, and has no fence between counting and reading. (With an atomic addition an x86
     * would not show that the fence is missing: there the addition is one.)
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Fence                                  0, 0            0    0.0000%  forbidden
     *                                          0, 1      262,637   86.0273%  acceptable
     *                                          1, 0       41,928   13.7336%  acceptable
     *                                          1, 1          730    0.2391%  acceptable
     *   FenceTwin                              0, 0           26    0.0155%  interesting
     *                                          0, 1      137,333   81.7833%  acceptable
     *                                          1, 0       30,400   18.1035%  acceptable
     *                                          1, 1          164    0.0977%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the section missed the news, and was waited for")
    @Outcome(
            id = {"1, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "the section saw the news")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "the section missed the news, and was missed")
    @State
    public static class Fence {
        private final Meeting meeting = new Meeting(new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES));

        @Actor
        public void reader(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = meeting.tells();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the section missed the news, and was waited for")
    @Outcome(
            id = {"1, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "the section saw the news")
    @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = "the section missed the news, and was missed")
    @State
    public static class FenceTwin {
        private final Meeting meeting = new Meeting(new GracePeriods(PlainCounts.whenEntering(), NoBarrier.NONE));

        @Actor
        public void reader(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = meeting.tells();
        }
    }
}
