package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.MemoryOptions;
import org.mm4j.stress.HeldObjects;

/**
 * Lincheck makes histories of the slab allocator, and compares each with what one thread alone would see. Its model checker
 * switches threads at accesses of fields and of Java arrays, where the words of the shipped classes are; accesses of
 * off-heap memory, the links between objects, it does not see, but they lie between two that it sees. That it finds what
 * there is to find is shown by a freelist without its tag.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlabLincheckTest {
    /** The shipped allocator with one CPU that all threads share. */
    public static class Shipped extends HeldObjects {
        private static final long FRAMES = 1 << 10;
        private static final int OBJECT_BYTES = 512;
        private static final PhysicalMemory MEMORY = HostMemory.reserve(
                MemoryOptions.defaults().withBytes((BuddyConfig.FIRST_PFN + FRAMES) << PageFrame.PAGE_SHIFT));

        private final BuddyAllocator pages = BuddyAllocator.ofFrames(FRAMES);
        private final SlabAllocator slabs =
                new SlabAllocator(pages, MEMORY, SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)));
        private final KmemCache cache =
                Objects.requireNonNull(slabs.kmemCacheCreate("lincheck", OBJECT_BYTES, 0, SlabFlags.SLAB_NO_MERGE));
        private final long base = MEMORY.directMapAddress() + (BuddyConfig.FIRST_PFN << PageFrame.PAGE_SHIFT);

        @Override
        protected int allocObject() {
            return (int) ((cache.alloc(Gfp.GFP_KERNEL) - base) / OBJECT_BYTES) + 1;
        }

        @Override
        protected void freeObject(int object) {
            cache.free(base + (object - 1L) * OBJECT_BYTES);
        }

        /** Gives back what the CPU keeps, and slabs without objects. */
        @Operation
        public void shrink() {
            cache.shrink();
        }

        /** Gives the pages back that the page caches keep. */
        @Operation
        public void drain() {
            pages.drainAllPages();
        }

        /** After each history. */
        @Validate
        public void validate() {
            List<String> findings = new ArrayList<>(slabs.validate()); // no AssertJ: Lincheck compares its objects
            findings.addAll(pages.validate());
            if (!findings.isEmpty()) {
                throw new AssertionError(findings.toString());
            }
        }
    }

    /** A freelist whose word has no tag. */
    public static class Loose extends HeldObjects {
        private final LooseStack stack = new LooseStack();

        @Override
        protected int allocObject() {
            return stack.take();
        }

        @Override
        protected void freeObject(int object) {
            stack.free(object);
        }
    }

    /** Without a line for each field of a record, which it cannot look into. */
    private static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions().logLevel(LoggingLevel.ERROR);
    }

    /** What does not switch threads: pages and memory, which have locks of their own, and the check behind a history. */
    private static boolean isBeneath(String className) {
        return className.startsWith("org.mm4j.buddy.")
                || className.startsWith("org.mm4j.memory.")
                || className.startsWith("org.mm4j.slab.SlabCheck")
                || className.startsWith("org.mm4j.slab.CacheRegistry");
    }

    @Test
    void theModelCheckerFindsAFreelistWithoutTag() {
        assertThatThrownBy(() -> modelChecking()
                        .iterations(30)
                        .invocationsPerIteration(1000)
                        .threads(2)
                        .actorsPerThread(3)
                        .actorsBefore(0)
                        .actorsAfter(0)
                        .sequentialSpecification(HeldObjects.Alone.class)
                        .check(Loose.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("take");
    }

    @Test
    void theModelCheckerFindsNothingInTheAllocator() {
        modelChecking()
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(SlabLincheckTest::isBeneath)
                        .allMethods()
                        .ignore())
                .iterations(10)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .sequentialSpecification(HeldObjects.Alone.class)
                .check(Shipped.class);
    }

    @Test
    void realThreadsFindNothingInTheAllocator() {
        new StressOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(5)
                .invocationsPerIteration(300)
                .threads(2)
                .actorsPerThread(4)
                .sequentialSpecification(HeldObjects.Alone.class)
                .check(Shipped.class);
    }
}
