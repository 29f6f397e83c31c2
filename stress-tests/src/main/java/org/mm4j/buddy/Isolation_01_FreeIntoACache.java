package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/*
 * A memory block goes offline: its pageblocks are closed, and then the page caches are drained. Somebody frees a page of it
 * meanwhile. He looks at the pageblock inside of his slot's section. Either he has left it before the drain enters, and the
 * drain finds the page; or he enters after the drain has left ([shared-gate.R1] to [shared-gate.A1]), and sees that the
 * pageblock is closed. So no page of the block is in a cache afterwards, where it would be handed out again.
 *
 * The twin looks before he enters: the close and the drain may come in between, and the page stays in the cache.
 *
 * Run:  stress-tests/run Isolation_01
 *
 * 2-core x86_64, Temurin 25, busy   RESULT  SAMPLES       FREQ  EXPECT
 *   Free                             false  106,913  100.0000%  acceptable
 *   FreeTwin                         false   68,296   99.8500%  acceptable
 *                                     true      106    0.1500%  interesting
 */
public class Isolation_01_FreeIntoACache {
    private Isolation_01_FreeIntoACache() {}

    @JCStressTest
    @Outcome(id = "false", expect = ACCEPTABLE, desc = "the page is free, and nobody can get it")
    @Outcome(id = "true", expect = FORBIDDEN, desc = "a page of a closed block is in a cache")
    @State
    public static class Free {
        private final ClosedBlock block = new ClosedBlock();

        @Actor
        public void frees() {
            block.free();
        }

        @Actor
        public void closes() {
            block.closeAndDrain();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = block.isCached();
        }
    }

    @JCStressTest
    @Outcome(id = "false", expect = ACCEPTABLE, desc = "the page is free, and nobody can get it")
    @Outcome(id = "true", expect = ACCEPTABLE_INTERESTING, desc = "a page of a closed block is in a cache")
    @State
    public static class FreeTwin {
        private final ClosedBlock block = new EarlyLookBlock();

        @Actor
        public void frees() {
            block.free();
        }

        @Actor
        public void closes() {
            block.closeAndDrain();
        }

        @Arbiter
        public void after(Z_Result r) {
            r.r1 = block.isCached();
        }
    }
}
