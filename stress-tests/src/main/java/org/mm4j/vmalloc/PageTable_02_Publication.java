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
 * Each has a test, whose twin differs in one accessor: there the store, or the load, is plain. The twins fail on x86 too,
 * whose processors keep such stores and loads in order: it is the compiler that moves them.
 *
 * Run:  stress-tests/run PageTable_02      (about 30 s)
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
        private final PageTable table = new PageTable(FewFrames.memory(), new FewFrames());
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
        private final PageTable table = new PlainSetPageTable(FewFrames.memory(), new FewFrames());
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

    /* The walker has seen the field before, so that the compiler could take the value that it has already. */
    @JCStressTest
    @Outcome(id = ".*, false, .*", expect = ACCEPTABLE, desc = "the entry is not there yet")
    @Outcome(id = ".*, true, true", expect = ACCEPTABLE, desc = "the entry is there, and what lies behind it")
    @Outcome(id = ".*, true, false", expect = FORBIDDEN, desc = "the entry is there, but not what lies behind it")
    @State
    public static class Acquire {
        private final PageTable table = new PageTable(FewFrames.memory(), new FewFrames());
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
        private final PageTable table = new PlainGetPageTable(FewFrames.memory(), new FewFrames());
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
