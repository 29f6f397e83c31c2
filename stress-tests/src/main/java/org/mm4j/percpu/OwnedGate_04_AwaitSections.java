package org.mm4j.percpu;

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
 * Who writes something and then awaits all sections knows: a section has seen it, or is over, and all that it wrote is
 * seen ([owner.R1], [owner.A2]). So it cannot be that the section missed the news and its own write is missed as well.
 *
 * Run:  stress-tests/run OwnedGate_04      (about 25 s)
 */
public class OwnedGate_04_AwaitSections {
    private OwnedGate_04_AwaitSections() {}

    /** News that are read inside of a section, and what the section wrote. */
    private static final class Meeting {
        private final AsymmetricBarrier barrier;
        private final Owner owner = new Owner(Thread.currentThread(), 0);
        private volatile int news;
        private int written;

        Meeting(AsymmetricBarrier barrier) {
            this.barrier = barrier;
            owner.grant();
        }

        /** A section: the news that it saw. */
        int reads() {
            boolean isInside = owner.tryEnter(barrier);
            int seen = news;
            written = 1;
            if (isInside) {
                owner.leave();
            }
            return seen;
        }

        /** Tells the news and awaits the section; what was written. */
        int tells() {
            news = 1;
            barrier.heavy();
            owner.awaitSection();
            return written;
        }
    }

    /*
     * Full fences; the twin has no barrier.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Fences                                 0, 0            0    0.0000%  forbidden
     *                                          0, 1       47,229   72.4327%  acceptable
     *                                          1, 0       17,946   27.5229%  acceptable
     *                                          1, 1           29    0.0445%  acceptable
     *   FencesTwin                             0, 0        2,362    1.2094%  interesting
     *                                          0, 1      173,340   88.7526%  acceptable
     *                                          1, 0       19,443    9.9551%  acceptable
     *                                          1, 1          162    0.0829%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the section missed the news, and was waited for")
    @Outcome(
            id = {"1, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "the section saw the news")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "the section missed the news, and was missed")
    @State
    public static class Fences {
        private final Meeting meeting = new Meeting(AsymmetricBarrier.FENCES);

        @Actor
        public void section(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void waiter(II_Result r) {
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
    public static class FencesTwin {
        private final Meeting meeting = new Meeting(Barriers.NONE);

        @Actor
        public void section(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void waiter(II_Result r) {
            r.r2 = meeting.tells();
        }
    }

    /*
     * A membarrier; the heavy side of the twin does not make the section's CPU go through a fence.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Membarrier                             0, 0            0    0.0000%  forbidden
     *                                          0, 1      377,877   92.7144%  acceptable
     *                                          1, 0       29,606    7.2640%  acceptable
     *                                          1, 1           88    0.0216%  acceptable
     *   MembarrierTwin                         0, 0        1,873    0.1833%  interesting
     *                                          0, 1      916,061   89.6367%  acceptable
     *                                          1, 0      102,341   10.0141%  acceptable
     *                                          1, 1        1,696    0.1660%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the section missed the news, and was waited for")
    @Outcome(
            id = {"1, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "the section saw the news")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "the section missed the news, and was missed")
    @State
    public static class Membarrier {
        private final Meeting meeting = new Meeting(Barriers.MEMBARRIER);

        @Actor
        public void section(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void waiter(II_Result r) {
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
    public static class MembarrierTwin {
        private final Meeting meeting = new Meeting(Barriers.MEMBARRIER_WITHOUT_CALL);

        @Actor
        public void section(II_Result r) {
            r.r1 = meeting.reads();
        }

        @Actor
        public void waiter(II_Result r) {
            r.r2 = meeting.tells();
        }
    }
}
