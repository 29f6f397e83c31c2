package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JI_Result;

/*
 * Who takes a state and does not see that a grace period has begun will be content with its end ([rcu.R2], [rcu.A2]). A
 * reader that begins behind the barrier of that grace period is not waited for; so it must see what was written before the
 * state was taken.
 *
 * Run:  stress-tests/run Rcu_04      (about 15 s)
 */
public class Rcu_04_State {
    private static final long NEXT = 4;
    private static final long NEXT_BUT_ONE = 8;

    private Rcu_04_State() {}

    private static final class Meeting {
        private final GracePeriods periods;
        private int news;

        Meeting(GracePeriods periods) {
            this.periods = periods;
        }

        long tells() {
            news = 1;
            return periods.state();
        }

        /** Begins a grace period, passes its barrier, and reads. */
        int leadsAndReads() {
            periods.step();
            periods.step();
            int section = periods.enter(0);
            int seen = news;
            periods.leave(section);
            return seen;
        }
    }

    /*
     * The twin takes the state without a fence before.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Taken                                  4, 0            0    0.0000%  forbidden
     *                                          4, 1      499,913   84.4603%  acceptable
     *                                          8, 0       91,076   15.3873%  acceptable
     *                                          8, 1          902    0.1524%  acceptable
     *   TakenTwin                              4, 0           70    0.0650%  interesting
     *                                          4, 1       82,768   76.8056%  acceptable
     *                                          8, 0       24,812   23.0246%  acceptable
     *                                          8, 1          113    0.1049%  acceptable
     */
    @JCStressTest
    @Outcome(id = NEXT + ", 1", expect = ACCEPTABLE, desc = "the grace period came later, and its reader saw the news")
    @Outcome(
            id = {NEXT_BUT_ONE + ", 0", NEXT_BUT_ONE + ", 1"},
            expect = ACCEPTABLE,
            desc = "the grace period ran already, and does not count")
    @Outcome(id = NEXT + ", 0", expect = FORBIDDEN, desc = "nobody waits for a reader that missed the news")
    @State
    public static class Taken {
        private final Meeting meeting = new Meeting(new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES));

        @Actor
        public void writer(JI_Result r) {
            r.r1 = meeting.tells();
        }

        @Actor
        public void leader(JI_Result r) {
            r.r2 = meeting.leadsAndReads();
        }
    }

    @JCStressTest
    @Outcome(id = NEXT + ", 1", expect = ACCEPTABLE, desc = "the grace period came later, and its reader saw the news")
    @Outcome(
            id = {NEXT_BUT_ONE + ", 0", NEXT_BUT_ONE + ", 1"},
            expect = ACCEPTABLE,
            desc = "the grace period ran already, and does not count")
    @Outcome(
            id = NEXT + ", 0",
            expect = ACCEPTABLE_INTERESTING,
            desc = "nobody waits for a reader that missed the news")
    @State
    public static class TakenTwin {
        private final Meeting meeting = new Meeting(new Unfenced());

        @Actor
        public void writer(JI_Result r) {
            r.r1 = meeting.tells();
        }

        @Actor
        public void leader(JI_Result r) {
            r.r2 = meeting.leadsAndReads();
        }
    }

    private static final class Unfenced extends GracePeriods {
        Unfenced() {
            super(new ReaderCounts(1), AsymmetricBarrier.FENCES);
        }

        @Override
        void fence() {}
    }
}
