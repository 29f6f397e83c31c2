package org.mm4j.kernel.reclaim;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * A shrinker ends while a scan comes in. The end frees what the scan works on, so it must wait for every scan that got in,
 * and see what it did ([shrinker.R1], [shrinker.A1]); and no scan gets in afterwards.
 *
 * Run:  stress-tests/run Shrinker_01      (about 15 s)
 */
public class Shrinker_01_EndAgainstScan {
    private Shrinker_01_EndAgainstScan() {}

    /*
     * The twin looks first, and comes in then.
     *
     * 2-core x86_64, Temurin 25, busy        RESULT      SAMPLES       FREQ  EXPECT
     *   OneScan                               -1, 0      189,979   33.8500%  acceptable
     *                                          1, 1      371,192   66.1500%  acceptable
     *   OneScanTwin                           -1, 0      167,852   27.4100%  acceptable
     *                                          0, 0       32,508    5.3100%  interesting
     *                                          1, 0          965    0.1600%  interesting
     *                                          1, 1      411,046   67.1200%  acceptable
     */
    @JCStressTest
    @Outcome(id = "-1, 0", expect = ACCEPTABLE, desc = "the shrinker has ended before")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the end waited for the scan")
    @Outcome(expect = FORBIDDEN, desc = "a scan of a shrinker that has ended, or one that is not seen")
    @State
    public static class OneScan {
        private final ScanReferences references = new ScanReferences();
        private int memory = 1;
        private int scans;

        @Actor
        public void scan(II_Result r) {
            r.r1 = -1;
            if (references.tryGet()) {
                scans++;
                r.r1 = memory;
                references.put();
            }
        }

        @Actor
        public void end(II_Result r) {
            references.end();
            memory = 0;
            r.r2 = scans;
        }
    }

    @JCStressTest
    @Outcome(id = "-1, 0", expect = ACCEPTABLE, desc = "the shrinker has ended before")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the end waited for the scan")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a scan of a shrinker that has ended, or one that is not seen")
    @State
    public static class OneScanTwin {
        private final ScanReferences references = new LooseScanReferences();
        private int memory = 1;
        private int scans;

        @Actor
        public void scan(II_Result r) {
            r.r1 = -1;
            if (references.tryGet()) {
                scans++;
                r.r1 = memory;
                references.put();
            }
        }

        @Actor
        public void end(II_Result r) {
            references.end();
            memory = 0;
            r.r2 = scans;
        }
    }
}
