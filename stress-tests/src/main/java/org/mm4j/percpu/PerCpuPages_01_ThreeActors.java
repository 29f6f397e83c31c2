package org.mm4j.percpu;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.CpuSource;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.SlotGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/*
 * The page cache of a CPU, whose slot is shared: two threads put a block each, while a third one drains the slot. Who puts
 * only tries to enter, and frees to the zone when somebody is inside; who drains waits until the slot is his ([shared-gate.A1],
 * [shared-gate.R1]).
 *
 *    put: try to enter                         drain: seize
 *         claim, push, count                          while there is a count: pop, count, free to the zone
 *         leave                                       release
 *
 * SharedGate_01 shows that one is inside at a time; here is what that is for. The count goes before the list, and neither
 * is looked at again: a drain that sees one without the other never ends, or loses a block.
 *
 * Run:  stress-tests/run --three PerCpuPages_01
 */
public class PerCpuPages_01_ThreeActors {
    private static final PageSetSize SIZE = new PageSetSize(4, 16, 16);

    private PerCpuPages_01_ThreeActors() {}

    /*
     * How often each block was given to the zone, and how many pages the cache believes to have when all is over. The twin
     * has no gate.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TwoPutsAndDrain                     1, 1, 0      658,660  100.0000%  acceptable
     *   TwoPutsAndDrainTwin                 0, 1, 0       10,258    2.9771%  interesting
     *                                       0, 1, 1           21    0.0061%  interesting
     *                                       0, 1, 2            4    0.0012%  interesting
     *                                       1, 0, 0       11,009    3.1951%  interesting
     *                                       1, 0, 1           17    0.0049%  interesting
     *                                       1, 0, 2           11    0.0032%  interesting
     *                                       1, 1, 0      323,193   93.7979%  acceptable
     *                                       1, 1, 1            2    0.0006%  interesting
     *                                       1, 2, 0           27    0.0078%  interesting
     *                                       2, 0, 0           20    0.0058%  interesting
     *                                       2, 1, 0            1    0.0003%  interesting
     */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "each block is back in the zone, once")
    @Outcome(expect = FORBIDDEN, desc = "a block is lost, or free twice, or the count is wrong")
    @State
    public static class TwoPutsAndDrain {
        private final FreedBlocks zone = new FreedBlocks();
        private final SlotGate gate = new SharedGate(1, CpuSource.fixed(0));
        private final PageCache pages = new PerCpuPages(gate, zone, SIZE, 1);

        @Actor
        public void one() {
            put(0);
        }

        @Actor
        public void other() {
            put(1);
        }

        private void put(int frame) {
            if (!pages.put(gate, frame, 0)) {
                zone.free(frame);
            }
        }

        @Actor
        public void drainer() {
            pages.drain();
        }

        @Arbiter
        public void after(III_Result r) {
            pages.drain();
            r.r1 = zone.timesFreed(0);
            r.r2 = zone.timesFreed(1);
            r.r3 = (int) pages.pagesCached();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "each block is back in the zone, once")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a block is lost, or free twice, or the count is wrong")
    @State
    public static class TwoPutsAndDrainTwin {
        private final FreedBlocks zone = new FreedBlocks();
        private final LoosePages pages = new LoosePages(zone);

        @Actor
        public void one() {
            pages.put(0);
        }

        @Actor
        public void other() {
            pages.put(1);
        }

        @Actor
        public void drainer() {
            pages.drain();
        }

        @Arbiter
        public void after(III_Result r) {
            pages.drain();
            r.r1 = zone.timesFreed(0);
            r.r2 = zone.timesFreed(1);
            r.r3 = pages.pagesCached();
        }
    }
}
