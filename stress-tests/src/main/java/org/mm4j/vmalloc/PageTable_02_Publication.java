package org.mm4j.vmalloc;

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
 * Who finds an entry finds what lies behind it: a frame as its owner has written it, or a table that is zeroed. The mapper
 * sets an entry by a release store ([pagetable.R1]), the walker reads it by an acquire load ([pagetable.A1]). Here a
 * plain field stands for what lies behind the entry.
 *
 * Each has a test. In the twin of the first the mapper sets an entry before it writes what lies behind; in that of the
 * second the load is plain, and fails on x86 too, whose processors keep loads in order: it is the compiler that moves it.
 *
 * Run:  stress-tests/run PageTable_02      (about 30 s)
 *
 * 2-core x86_64, Temurin-25.0.3+9        RESULT      SAMPLES       FREQ  EXPECT
 *   Release                        false, false      227,284   60.7100%  acceptable
 *                                   false, true          261    0.0700%  acceptable
 *                                   true, false            0    0.0000%  forbidden
 *                                    true, true      146,831   39.2200%  acceptable
 *   ReleaseTwin                    false, false      105,953   64.7000%  acceptable
 *                                   false, true           15   <0.0100%  acceptable
 *                                   true, false           23    0.0100%  interesting
 *                                    true, true       57,773   35.2800%  acceptable
 *   Acquire                     .*, true, false            0    0.0000%  forbidden
 *                           false, false, false       83,016   22.5800%  acceptable
 *                            false, false, true        2,678    0.7300%  acceptable
 *                             false, true, true          333    0.0900%  acceptable
 *                             true, false, true          830    0.2300%  acceptable
 *                              true, true, true      280,863   76.3800%  acceptable
 *   AcquireTwin             false, false, false       79,075   20.7500%  acceptable
 *                            false, false, true        2,070    0.5400%  acceptable
 *                            false, true, false        6,109    1.6000%  interesting
 *                             false, true, true        1,333    0.3500%  acceptable
 *                             true, false, true       13,733    3.6000%  acceptable
 *                              true, true, true      278,712   73.1500%  acceptable
 */
public class PageTable_02_Publication {
    private static final int ENTRIES = 16;
    private static final long FRAME = 1;
    private static final long ENTRY = PageTableEntry.of(77);

    private PageTable_02_Publication() {}

    private static long place(int index) {
        return FRAME * 4096 + index * 8L;
    }

    @JCStressTest
    @Outcome(id = "false, .*", expect = ACCEPTABLE, desc = "the entry is not there yet")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the entry is there, and what lies behind it")
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "the entry is there, but not what lies behind it")
    @State
    public static class Release {
        private final PageTable table = new PageTable(FewFrames.memoryOfRoot(), new FewFrames());
        private int written;

        @Actor
        public void maps() {
            for (int index = 0; index < ENTRIES; index++) {
                written++;
                table.setEntryRelease(place(index), ENTRY);
            }
        }

        @Actor
        public void walks(ZZ_Result r) {
            r.r1 = table.entryAcquire(place(0)) == ENTRY;
            r.r2 = written > 0;
        }
    }

    @JCStressTest
    @Outcome(id = "false, .*", expect = ACCEPTABLE, desc = "the entry is not there yet")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the entry is there, and what lies behind it")
    @Outcome(
            id = "true, false",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the entry is there, but not what lies behind it")
    @State
    public static class ReleaseTwin {
        private final PageTable table = new PageTable(FewFrames.memoryOfRoot(), new FewFrames());
        private int written;

        @Actor
        public void maps() {
            for (int index = 0; index < ENTRIES; index++) {
                table.setEntryRelease(place(index), ENTRY);
                written++;
            }
        }

        @Actor
        public void walks(ZZ_Result r) {
            r.r1 = table.entryAcquire(place(0)) == ENTRY;
            r.r2 = written > 0;
        }
    }

    /* The walker has seen the field before, so that the compiler could take the value that it has already. */
    @JCStressTest
    @Outcome(id = ".*, false, .*", expect = ACCEPTABLE, desc = "the entry is not there yet")
    @Outcome(id = ".*, true, true", expect = ACCEPTABLE, desc = "the entry is there, and what lies behind it")
    @Outcome(id = ".*, true, false", expect = FORBIDDEN, desc = "the entry is there, but not what lies behind it")
    @State
    public static class Acquire {
        private final PageTable table = new PageTable(FewFrames.memoryOfRoot(), new FewFrames());
        private int written;

        @Actor
        public void maps() {
            written = 1;
            table.setEntryRelease(place(0), ENTRY);
        }

        @Actor
        public void walks(ZZZ_Result r) {
            r.r1 = written > 0;
            r.r2 = table.entryAcquire(place(0)) == ENTRY;
            r.r3 = written > 0;
        }
    }

    @JCStressTest
    @Outcome(id = ".*, false, .*", expect = ACCEPTABLE, desc = "the entry is not there yet")
    @Outcome(id = ".*, true, true", expect = ACCEPTABLE, desc = "the entry is there, and what lies behind it")
    @Outcome(
            id = ".*, true, false",
            expect = ACCEPTABLE_INTERESTING,
            desc = "the entry is there, but not what lies behind it")
    @State
    public static class AcquireTwin {
        private final PageTable table = new PlainGetPageTable(FewFrames.memoryOfRoot(), new FewFrames());
        private int written;

        @Actor
        public void maps() {
            written = 1;
            table.setEntryRelease(place(0), ENTRY);
        }

        @Actor
        public void walks(ZZZ_Result r) {
            r.r1 = written > 0;
            r.r2 = table.entryAcquire(place(0)) == ENTRY;
            r.r3 = written > 0;
        }
    }
}
