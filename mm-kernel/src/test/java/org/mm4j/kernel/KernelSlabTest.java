package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.memory.MemoryOptions;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SizeClasses;
import org.mm4j.slab.SlabEngineKind;
import org.mm4j.slab.SlabFlags;

/** Caches and kmalloc of a whole kernel. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelSlabTest {
    private static final long BYTES = 64L << 20;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(BYTES));

    @AfterEach
    void close() {
        kernel.close();
    }

    @Test
    void memoryOfKmallocIsNobodysPages() {
        long small = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
        long large = kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);
        assertThat(kernel.directMap().contains(small)).isTrue();
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.pagesOfSlab()).isGreaterThan(32);
        kernel.kmalloc().kfree(small);
        kernel.kmalloc().kfree(large);
        assertThat(kernel.validate()).isEmpty();
    }

    @Test
    void zoneinfoCountsSlabs() {
        assertThat(kernel.zoneinfo()).contains("      nr_slab_reclaimable 0\n      nr_slab_unreclaimable 0\n");
        kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);
        kernel.kmalloc().kmalloc(8, Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE);
        assertThat(kernel.zoneinfo()).contains("      nr_slab_reclaimable 1\n      nr_slab_unreclaimable 32\n");
    }

    @Test
    void slabinfoAndAttributesShowTheCaches() {
        KmemCache inodes = kernel.slab().kmemCacheCreate("inodes", 600, 0, SlabFlags.SLAB_RECLAIM_ACCOUNT);
        inodes.free(inodes.alloc(Gfp.GFP_KERNEL));
        assertThat(kernel.slabinfo())
                .startsWith("slabinfo - version: 2.1\n# name ")
                .contains("\ninodes  ");
        assertThat(kernel.slabAttributes("inodes")).containsEntry("reclaim_account", "1\n");
        assertThatThrownBy(() -> kernel.slabAttributes("dentries")).hasMessage("there is no cache dentries");
    }

    @Test
    void segmentsEndWhereTheyWereAskedToEnd() {
        KmallocSegments segments = kernel.kmallocSegments();
        MemorySegment segment = segments.alloc(100);
        assertThat(segment.byteSize()).isEqualTo(100);
        assertThat(segment.get(JAVA_LONG, 88)).isZero();
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 100)).isInstanceOf(IndexOutOfBoundsException.class);
        segment.set(JAVA_LONG, 0, 7);
        MemorySegment grown = segments.realloc(segment, 10_000, Gfp.GFP_KERNEL);
        assertThat(grown.get(JAVA_LONG, 0)).isEqualTo(7);
        assertThatThrownBy(() -> segments.free(segment)).isInstanceOf(BadObjectException.class);
        segments.free(grown);
        assertThatThrownBy(() -> segments.free(grown)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> segments.alloc(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> segments.alloc(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> segments.alloc(5 << 20, Gfp.GFP_KERNEL))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("there are no 5242880 bytes for GFP_KERNEL: kmalloc has 4 MiB at most");
        assertThatThrownBy(() -> segments.free(MemorySegment.ofArray(new long[1])))
                .hasMessage("a segment of the Java heap is refused: the kernel has never given it out");
        assertThatThrownBy(() -> segments.free(MemorySegment.ofAddress(4096))).isInstanceOf(BadObjectException.class);
    }

    @Test
    void aKernelWithLiveObjectsSaysSoAndGivesAllBack() {
        KmemCache inodes = kernel.slab().kmemCacheCreate("inodes", 600, 0, SlabFlags.SLAB_NO_MERGE);
        inodes.alloc(Gfp.GFP_KERNEL);
        inodes.alloc(Gfp.GFP_KERNEL);
        kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
        kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);
        kernel.kmalloc().kfreeRcu(kernel.kmalloc().kmalloc(200, Gfp.GFP_KERNEL));
        kernel.pages().allocPages(Gfp.GFP_KERNEL, 1);
        kernel.close();

        List<String> lines = kernel.log().lines();
        assertThat(lines)
                .contains(
                        "kmalloc is closed with 1 large blocks of 32 pages live",
                        "Objects remaining on __kmem_cache_shutdown(): 2 of inodes",
                        "Objects remaining on __kmem_cache_shutdown(): 1 of kmalloc-128",
                        "the kernel is closed with 2 pages in use")
                .noneMatch(line -> line.contains("kmalloc-256"));
        assertThatThrownBy(kernel::kmalloc).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(kernel::slabinfo).isInstanceOf(IllegalStateException.class);
        kernel.close();
    }

    @Test
    void whatIsFreedAfterAGracePeriodComesBackByItself() {
        long waiting;
        do {
            waiting = kernel.kmalloc().kfreeRcuWaiting();
            kernel.kmalloc().kfreeRcu(kernel.kmalloc().kmalloc(1000, Gfp.GFP_KERNEL));
        } while (kernel.kmalloc().kfreeRcuWaiting() >= waiting); // until somebody has freed a batch
        kernel.kmalloc().kfreeRcuBarrier();
        assertThat(kernel.kmalloc().kfreeRcuWaiting()).isZero();
        KmemCache typesafe = kernel.slab().kmemCacheCreate("typesafe", 600, 0, SlabFlags.SLAB_TYPESAFE_BY_RCU);
        int section = kernel.rcu().readLock();
        typesafe.free(typesafe.alloc(Gfp.GFP_KERNEL));
        typesafe.destroy();
        assertThat(kernel.slab().pagesWaiting()).isPositive();
        assertThat(kernel.pagesInUse()).isZero();
        kernel.rcu().readUnlock(section);
        kernel.rcu().barrier();
        assertThat(kernel.slab().pagesWaiting()).isZero();
        assertThat(kernel.pagesInUse()).isZero();
    }

    @Test
    void optionsReachTheSlabAllocator() {
        SlabOptions options = SlabOptions.DEFAULT
                .withSizes(SizeClasses.DENSE)
                .withRandomCopies(true)
                .withMerging(false)
                .withFreelists(false, false)
                .withEngine(SlabEngineKind.CPU_SLAB);
        KernelConfig config = KernelConfig.ofMemory(MemoryOptions.defaults().withBytes(BYTES), 2)
                .withSlab(options);
        try (Kernel other = Kernel.boot(config)) {
            assertThat(other.slab().find("kmalloc-rnd-15-80")).isPresent();
            long there = other.kmalloc().kmallocNode(70, Gfp.GFP_KERNEL | Gfp.__GFP_THISNODE, 1);
            assertThat(other.kmalloc().ksize(there)).isEqualTo(80);
            assertThat(other.pages().nodeOf(other.directMap().pfn(there))).isOne();
            assertThat(other.slab().kmemCacheCreate("a", 40, 0, 0))
                    .isNotSameAs(other.slab().kmemCacheCreate("b", 40, 0, 0));
            other.kmalloc().kfree(there);
        }
    }
}
