package org.mm4j.kernel.reclaim;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * kswapd falls asleep while somebody asks for memory. The asker writes the word ([kswapd.R1]) and looks who sleeps
 * ([kswapd.A2]); kswapd says that it sleeps ([kswapd.R2]) and looks at the word ([kswapd.A1]). One of them sees the other,
 * or kswapd would sleep while memory runs out.
 *
 * Run:  stress-tests/run Kswapd_01      (about 15 s)
 */
public class Kswapd_01_WakeAgainstSleep {
    private static final Thread WORKER = Thread.ofPlatform().unstarted(() -> {});

    private Kswapd_01_WakeAgainstSleep() {}

    /*
     * The twin falls asleep by a plain store: the look at the word may come first.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   OneAsker                       false, false    5,588,637   66.0100%  acceptable
     *                                   false, true       30,246    0.3600%  acceptable
     *                                    true, true    2,847,568   33.6300%  acceptable
     *   OneAskerTwin                   false, false    1,223,488   43.6400%  acceptable
     *                                   false, true           93    0.0033%  acceptable
     *                                   true, false       24,528    0.8700%  interesting
     *                                    true, true    1,555,622   55.4800%  acceptable
     */
    @JCStressTest
    @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "asked before it slept")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "slept, and was woken")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "did not sleep, and was woken for nothing")
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "sleeps although it was asked")
    @State
    public static class OneAsker {
        private final RecordedWakeWord word = new RecordedWakeWord();

        @Actor
        public void asks() {
            word.ask(WakeWord.request(0, 0), WORKER);
        }

        @Actor
        public void sleeps() {
            word.sleep(0);
        }

        @Arbiter
        public void after(ZZ_Result r) {
            r.r1 = word.parked;
            r.r2 = word.unparked;
        }
    }

    @JCStressTest
    @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "asked before it slept")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "slept, and was woken")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "did not sleep, and was woken for nothing")
    @Outcome(id = "true, false", expect = ACCEPTABLE_INTERESTING, desc = "sleeps although it was asked")
    @State
    public static class OneAskerTwin {
        private final RecordedWakeWord word = new PlainWakeWord();

        @Actor
        public void asks() {
            word.ask(WakeWord.request(0, 0), WORKER);
        }

        @Actor
        public void sleeps() {
            word.sleep(0);
        }

        @Arbiter
        public void after(ZZ_Result r) {
            r.r1 = word.parked;
            r.r2 = word.unparked;
        }
    }
}
