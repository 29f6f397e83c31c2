package org.mm4j.lab.replay;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/*
 * A replay allocates a block on one thread and frees it on another. The table hands the block's first frame over, and
 * with it all that the allocator wrote when it took the block: nobody may free a block and find it not taken yet. Here
 * a plain field stands for what the allocator writes: how many blocks it has handed out.
 *
 * The writer publishes by a release store ([replay.R1]), the reader looks by an acquire load ([replay.A1]). Each has a
 * test, whose twin differs in one line, the table it uses: there the store, or the load, is plain. The twins fail on
 * x86 too, whose processors keep such stores and loads in order: it is the compiler that moves them.
 *
 * Run:  stress-tests/run BlockTable_01      (about 30 s)
 */
public class BlockTable_01_Handover {
    private static final int BLOCKS = 16;
    private static final int PFN = 7;

    private BlockTable_01_Handover() {}

    /*
     * The writer takes and publishes one block after the other. Where nothing holds the count before the publication,
     * the compiler keeps it in a register, and stores it after the loop.
     *
     * 2-core x86_64, Temurin-25.0.3+9        RESULT      SAMPLES       FREQ  EXPECT
     *   Release                        false, false    4,385,234   93.7486%  acceptable
     *                                   false, true        3,099    0.0663%  acceptable
     *                                   true, false            0    0.0000%  forbidden
     *                                    true, true      289,318    6.1851%  acceptable
     *   ReleaseTwin                    false, false    4,330,269   47.7396%  acceptable
     *                                   false, true        7,115    0.0784%  acceptable
     *                                   true, false      131,616    1.4510%  interesting
     *                                    true, true    4,601,611   50.7310%  acceptable
     */
    @JCStressTest
    @Outcome(id = "false, .*", expect = ACCEPTABLE, desc = "the block is not there yet")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the block is there, and it is taken")
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "the block is there, but not taken")
    @State
    public static class Release {
        private final BlockTable table = new BlockTable(BLOCKS);
        private int taken;

        @Actor
        public void allocates() {
            for (int block = 0; block < BLOCKS; block++) {
                taken++;
                table.setPfnRelease(block, PFN);
            }
        }

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = table.pfnAcquire(0) == PFN;
            r.r2 = taken > 0;
        }
    }

    @JCStressTest
    @Outcome(id = "false, .*", expect = ACCEPTABLE, desc = "the block is not there yet")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the block is there, and it is taken")
    @Outcome(id = "true, false", expect = ACCEPTABLE_INTERESTING, desc = "the block is there, but not taken")
    @State
    public static class ReleaseTwin {
        private final PlainSetTable table = new PlainSetTable(BLOCKS);
        private int taken;

        @Actor
        public void allocates() {
            for (int block = 0; block < BLOCKS; block++) {
                taken++;
                table.setPfnRelease(block, PFN);
            }
        }

        @Actor
        public void frees(ZZ_Result r) {
            r.r1 = table.pfnAcquire(0) == PFN;
            r.r2 = taken > 0;
        }
    }

    /*
     * The reader has seen the count before, as one has who freed another block. Where nothing holds its second load
     * behind the load of the table, the compiler takes the value that it has already.
     *
     * 2-core x86_64, Temurin-25.0.3+9        RESULT      SAMPLES       FREQ  EXPECT
     *   Acquire                     .*, true, false            0    0.0000%  forbidden
     *                           false, false, false    9,128,948   50.4869%  acceptable
     *                            false, false, true        6,721    0.0372%  acceptable
     *                             false, true, true        5,406    0.0299%  acceptable
     *                             true, false, true        6,334    0.0350%  acceptable
     *                              true, true, true    8,934,402   49.4110%  acceptable
     *   AcquireTwin             false, false, false   10,019,828   52.2200%  acceptable
     *                            false, true, false        6,917    0.0360%  interesting
     *                             true, false, true        8,821    0.0460%  acceptable
     *                              true, true, true    9,152,165   47.6980%  acceptable
     */
    @JCStressTest
    @Outcome(id = ".*, false, .*", expect = ACCEPTABLE, desc = "the block is not there yet")
    @Outcome(id = ".*, true, true", expect = ACCEPTABLE, desc = "the block is there, and it is taken")
    @Outcome(id = ".*, true, false", expect = FORBIDDEN, desc = "the block is there, but not taken")
    @State
    public static class Acquire {
        private final BlockTable table = new BlockTable(1);
        private int taken;

        @Actor
        public void allocates() {
            taken = 1;
            table.setPfnRelease(0, PFN);
        }

        @Actor
        public void frees(ZZZ_Result r) {
            r.r1 = taken > 0;
            r.r2 = table.pfnAcquire(0) == PFN;
            r.r3 = taken > 0;
        }
    }

    @JCStressTest
    @Outcome(id = ".*, false, .*", expect = ACCEPTABLE, desc = "the block is not there yet")
    @Outcome(id = ".*, true, true", expect = ACCEPTABLE, desc = "the block is there, and it is taken")
    @Outcome(id = ".*, true, false", expect = ACCEPTABLE_INTERESTING, desc = "the block is there, but not taken")
    @State
    public static class AcquireTwin {
        private final PlainGetTable table = new PlainGetTable(1);
        private int taken;

        @Actor
        public void allocates() {
            taken = 1;
            table.setPfnRelease(0, PFN);
        }

        @Actor
        public void frees(ZZZ_Result r) {
            r.r1 = taken > 0;
            r.r2 = table.pfnAcquire(0) == PFN;
            r.r3 = taken > 0;
        }
    }
}
