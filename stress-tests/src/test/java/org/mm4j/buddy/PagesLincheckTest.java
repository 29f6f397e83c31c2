package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.stress.HeldObjects;

/**
 * Lincheck makes histories of the page allocator with its page cache, and of the references of one frame, and compares each
 * with what one thread alone would see. All words lie in Java arrays, where its model checker sees them. References that are
 * read and then written are the canary.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagesLincheckTest {
    /** The shipped page allocator; each of two threads may own a slot of the cache. */
    public static class Pages extends HeldObjects {
        private static final int FRAMES = 64;
        private static final int SLOTS = 2;

        private final BuddyAllocator pages = new BuddyAllocator(BuddyConfig.ofFrames(FRAMES)
                .withSettings(ZoneSettings.NO_RESERVES)
                .withPageCaches(
                        PerCpuPages.maker(new OwnedGate(SLOTS, CpuSource.fixed(0), AsymmetricBarrier.FENCES), SLOTS)));

        @Override
        protected int allocObject() {
            return (int) (pages.allocPages(Gfp.GFP_NOWAIT, 0) - BuddyConfig.FIRST_PFN) + 1;
        }

        @Override
        protected void freeObject(int page) {
            pages.freePages(BuddyConfig.FIRST_PFN + page - 1, 0);
        }

        /** Gives the pages back that the caches keep. */
        @Operation
        public void drain() {
            pages.drainAllPages();
        }

        /** Others look at a page for a moment. */
        @Operation
        public void shrink() {
            if (pages.tryGetPage(BuddyConfig.FIRST_PFN)) {
                pages.putPage(BuddyConfig.FIRST_PFN);
            }
        }

        /** After each history. */
        @Validate
        public void validate() {
            List<String> findings = pages.validate();
            if (!findings.isEmpty()) {
                throw new AssertionError(findings.toString());
            }
        }
    }

    /** Threads take and drop references of a frame that begins with one, which belongs to thread 1. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    public abstract static class HeldReferences {
        private static final int THREADS_MAX = 8;

        private final int[] held = {0, 1, 0, 0, 0, 0, 0, 0};

        abstract boolean tryGet();

        abstract void put();

        /** Takes a reference, if the frame is in use. */
        @Operation
        public boolean get(@Param(name = "thread") int thread) {
            boolean hasGot = tryGet();
            held[thread % THREADS_MAX] += hasGot ? 1 : 0;
            return hasGot;
        }

        /** Drops a reference, if there is one to drop. */
        @Operation
        public boolean drop(@Param(name = "thread") int thread) {
            boolean hasOne = held[thread % THREADS_MAX] > 0;
            if (hasOne) {
                held[thread % THREADS_MAX]--;
                put();
            }
            return hasOne;
        }
    }

    /** What a thread sees when nobody else is there. */
    public static class Alone extends HeldReferences {
        private int references = 1;

        @Override
        boolean tryGet() {
            references += references > 0 ? 1 : 0;
            return references > 0;
        }

        @Override
        void put() {
            references--;
        }
    }

    /** The shipped references. */
    public static class Shipped extends HeldReferences {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final References references = new References(small.map, small.zones);

        @Override
        boolean tryGet() {
            return references.tryGet(SmallZone.PFN);
        }

        @Override
        void put() {
            references.put(SmallZone.PFN);
        }

        /** After each history: a frame is free when it has no references. */
        @Validate
        public void validate() {
            int pagesFree = references.count(SmallZone.PFN) == 0 ? 2 : 1;
            if (small.pagesFree() != pagesFree) {
                throw new AssertionError(small.pagesFree() + " pages are free, not " + pagesFree);
            }
        }
    }

    /** References that are read and, a moment later, written. */
    public static class Loose extends HeldReferences {
        private final SmallZone small = new SmallZone(2).with(0, 1);
        private final ReadThenWriteReferences references = new ReadThenWriteReferences(small.map, small.zones);

        @Override
        boolean tryGet() {
            return references.tryGet(SmallZone.PFN);
        }

        @Override
        void put() {
            references.put(SmallZone.PFN);
        }
    }

    private static ModelCheckingOptions modelChecking(Class<?> alone) {
        return new ModelCheckingOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(10)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .sequentialSpecification(alone);
    }

    /** What lies under the zone lock, or is only read: no place to switch threads at. */
    private static boolean isBeneath(String className) {
        return className.startsWith("org.mm4j.buddy.")
                && !className.matches("org\\.mm4j\\.buddy\\.(References|CachedZone|MemMap|PagesLincheckTest.*)");
    }

    @Test
    void theModelCheckerFindsReferencesThatAreReadAndThenWritten() {
        assertThatThrownBy(() -> modelChecking(Alone.class).check(Loose.class))
                .isInstanceOf(LincheckAssertionError.class);
    }

    @Test
    void theModelCheckerFindsNothingInReferences() {
        modelChecking(Alone.class).check(Shipped.class);
    }

    @Test
    void theModelCheckerFindsNothingInThePageAllocator() {
        modelChecking(HeldObjects.Alone.class)
                .iterations(5)
                .invocationsPerIteration(50)
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(PagesLincheckTest::isBeneath)
                        .allMethods()
                        .ignore())
                .check(Pages.class);
    }

    @Test
    void realThreadsFindNothing() {
        new StressOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(5)
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(4)
                .sequentialSpecification(HeldObjects.Alone.class)
                .check(Pages.class);
    }
}
