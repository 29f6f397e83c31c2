package org.mm4j.buddy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadPageException;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.SlotGate;
import org.mm4j.memory.HostCpus;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.SharedGate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/*
 * A page is freed into a cache by a plain store while somebody who does not hold it takes a reference: either the
 * reference is refused, or it counts. Who takes it says so first and waits for all who are inside of a slot, so that a
 * store that missed the news is over; who finds nobody at it any more sees the reference ([speculation.R1],
 * [speculation.A1]; [references.R1], [references.A2]). The twins take it without a word, as a holder may.
 *
 * Run:  stress-tests/run Speculation_01      (about 40 s)
 */
public class Speculation_01_PutAgainstGet {
    private Speculation_01_PutAgainstGet() {}

    /** A page of an allocator that all states share; a page of a state that is over can be that of a later one. */
    private static final class Page {
        private final BuddyAllocator buddy;
        private final long pfn;

        Page(BuddyAllocator buddy) {
            this.buddy = buddy;
            pfn = buddy.allocPages(Gfp.GFP_KERNEL, 0);
        }

        static BuddyAllocator buddy(SlotGate gate) {
            return new BuddyAllocator(BuddyConfig.ofFrames(1 << 18).withPageCaches(PerCpuPages.maker(() -> gate, 2)));
        }

        void free() {
            buddy.freePages(pfn, 0);
        }

        /** Frees, if it is not free by somebody's broken hand. */
        void freeIfInUse() {
            try {
                buddy.freePages(pfn, 0);
            } catch (BadPageException e) {
                return;
            }
        }

        boolean tryGet() {
            return buddy.tryGetPage(pfn);
        }

        boolean getWithoutAWord() {
            try {
                buddy.getPage(pfn);
                return true;
            } catch (BadPageException e) {
                return false;
            }
        }

        /** How many references the one that was taken is, when all is over; then it is given back. */
        int references(boolean wasTaken) {
            int references = wasTaken ? buddy.pageCount(pfn) : 0;
            if (references > 0) {
                freeIfInUse();
            }
            return references;
        }
    }

    /*
     * Slots that belong to nobody.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Shared                             false, 0      322,682   79.1720%  acceptable
     *                                       true, 0            0    0.0000%  forbidden
     *                                       true, 1       84,889   20.8280%  acceptable
     *   SharedTwin                         false, 0      362,914   82.8021%  acceptable
     *                                       true, 0           96    0.0219%  interesting
     *                                       true, 1       75,281   17.1760%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = FORBIDDEN, desc = "the reference was lost: its page is free")
    @State
    public static class Shared {
        private static final BuddyAllocator BUDDY = Page.buddy(new SharedGate(2, CpuSource.BY_THREAD));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.free();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.tryGet();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = ACCEPTABLE_INTERESTING, desc = "the reference was lost: its page is free")
    @State
    public static class SharedTwin {
        private static final BuddyAllocator BUDDY = Page.buddy(new SharedGate(2, CpuSource.BY_THREAD));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.freeIfInUse();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.getWithoutAWord();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }

    /*
     * Slots that threads own.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Fences                             false, 0      366,202   78.0796%  acceptable
     *                                       true, 0            0    0.0000%  forbidden
     *                                       true, 1      102,809   21.9204%  acceptable
     *   FencesTwin                         false, 0      242,398   61.0066%  acceptable
     *                                       true, 0           40    0.0101%  interesting
     *                                       true, 1      154,893   38.9834%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = FORBIDDEN, desc = "the reference was lost: its page is free")
    @State
    public static class Fences {
        private static final BuddyAllocator BUDDY =
                Page.buddy(new OwnedGate(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.free();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.tryGet();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = ACCEPTABLE_INTERESTING, desc = "the reference was lost: its page is free")
    @State
    public static class FencesTwin {
        private static final BuddyAllocator BUDDY =
                Page.buddy(new OwnedGate(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.freeIfInUse();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.getWithoutAWord();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }

    /*
     * The same, where the host has the barrier.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Membarrier                         false, 0      452,205   96.4167%  acceptable
     *                                       true, 0            0    0.0000%  forbidden
     *                                       true, 1       16,806    3.5833%  acceptable
     *   MembarrierTwin                     false, 0      375,523   73.6361%  acceptable
     *                                       true, 0          309    0.0606%  interesting
     *                                       true, 1      134,139   26.3033%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = FORBIDDEN, desc = "the reference was lost: its page is free")
    @State
    public static class Membarrier {
        private static final BuddyAllocator BUDDY = Page.buddy(
                new OwnedGate(2, CpuSource.BY_THREAD, HostCpus.membarrier().orElse(AsymmetricBarrier.FENCES)));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.free();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.tryGet();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }

    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "the reference counts")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "the page was free already")
    @Outcome(id = "true, 0", expect = ACCEPTABLE_INTERESTING, desc = "the reference was lost: its page is free")
    @State
    public static class MembarrierTwin {
        private static final BuddyAllocator BUDDY = Page.buddy(
                new OwnedGate(2, CpuSource.BY_THREAD, HostCpus.membarrier().orElse(AsymmetricBarrier.FENCES)));
        private final Page page = new Page(BUDDY);

        @Actor
        public void frees() {
            page.freeIfInUse();
        }

        @Actor
        public void gets(ZI_Result r) {
            r.r1 = page.getWithoutAWord();
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = page.references(r.r1);
        }
    }
}
