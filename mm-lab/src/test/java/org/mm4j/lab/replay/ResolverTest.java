package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.lab.trace.TraceEvent;
import org.mm4j.lab.trace.TraceEvent.CacheAlloc;
import org.mm4j.lab.trace.TraceEvent.CacheFree;
import org.mm4j.lab.trace.TraceEvent.Kfree;
import org.mm4j.lab.trace.TraceEvent.Kmalloc;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;
import org.mm4j.lab.trace.TraceEvent.PageFallback;
import org.mm4j.lab.trace.TraceEvent.PageFree;
import org.mm4j.lab.trace.TraceEvent.PageFreeBatched;
import org.mm4j.lab.trace.TraceEvent.PercpuAlloc;
import org.mm4j.lab.trace.TraceEvent.PercpuChunk;
import org.mm4j.lab.trace.TraceEvent.PercpuFree;
import org.mm4j.lab.trace.TraceEvent.VmapAlloc;
import org.mm4j.lab.trace.TraceEvent.VmapFree;
import org.mm4j.lab.trace.TraceEvent.VmapPurge;
import org.mm4j.lab.trace.TraceFormatException;

class ResolverTest {
    private static final int COMPOUND = Gfp.GFP_KERNEL | Gfp.__GFP_COMP;

    private static PageAlloc alloc(long pfn, int order) {
        return new PageAlloc(pfn, order, 0, Gfp.GFP_KERNEL, true);
    }

    private static PageAlloc allocCompound(long pfn, int order) {
        return new PageAlloc(pfn, order, 0, COMPOUND, true);
    }

    private static ReplayPlan resolve(TraceEvent... events) throws TraceFormatException {
        Resolver resolver = new Resolver();
        for (TraceEvent event : events) {
            resolver.event(event, 1, 0);
        }
        return resolver.plan();
    }

    /** The steps in words: {@code a0:2} allocates block 0 with order 2. */
    private static List<String> steps(ReplayPlan plan) {
        List<String> steps = new ArrayList<>();
        for (int step = 0; step < plan.ops(); step++) {
            long op = plan.op(step);
            String block = plan.block(step) + ":" + PlanOp.order(op);
            steps.add(
                    switch (PlanOp.kind(op)) {
                        case PlanOp.ALLOC -> "a" + block;
                        case PlanOp.FREE -> "f" + block;
                        case PlanOp.SPLIT_PAGE -> "s" + block + ">" + PlanOp.firstPiece(op);
                        default -> "c" + block + ">" + PlanOp.firstPiece(op) + ":" + PlanOp.newOrder(op);
                    });
        }
        return steps;
    }

    @Test
    void aFreeRefersToItsAllocation() throws Exception {
        ReplayPlan plan = resolve(alloc(64, 1), alloc(66, 1), new PageFree(64, 1), alloc(64, 0));

        assertThat(steps(plan)).containsExactly("a0:1", "a1:1", "f0:1", "a2:0");
        assertThat(plan.resolution().applied()).isEqualTo(4);
        assertThat(plan.pagesLivePeak()).isEqualTo(4);
        assertThat(plan.pagesLiveAtEnd()).isEqualTo(3);
    }

    @Test
    void aPageFromBeforeTheRecordingIsAnUnmatchedFree() throws Exception {
        ReplayPlan plan = resolve(new PageFree(64, 0), new PageFree(1024, 10), new PageFree(0, 0));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().unmatchedFrees()).isEqualTo(3);
        assertThat(plan.resolution().applied()).isZero();
    }

    @Test
    void aBatchedFreeBesideItsFreeIsSkipped() throws Exception {
        ReplayPlan plan = resolve(alloc(64, 0), new PageFree(64, 0), new PageFreeBatched(64));

        assertThat(steps(plan)).containsExactly("a0:0", "f0:0");
        assertThat(plan.resolution().skipped()).containsExactly(Map.entry("batchedDuplicate", 1L));
    }

    @Test
    void aBatchedFreeAloneFreesTheWholeBlock() throws Exception {
        ReplayPlan plan = resolve(allocCompound(64, 2), new PageFreeBatched(64));

        assertThat(steps(plan)).containsExactly("a0:2", "f0:2");
        assertThat(plan.pagesLiveAtEnd()).isZero();
    }

    @Test
    void anAllocationOfLiveFramesFreesThemFirst() throws Exception {
        ReplayPlan plan =
                resolve(alloc(64, 0), alloc(64, 0), alloc(128, 0), alloc(130, 1), alloc(128, 3), alloc(132, 1));

        assertThat(steps(plan))
                .containsExactly("a0:0", "f0:0", "a1:0", "a2:0", "a3:1", "f2:0", "f3:1", "a4:3", "f4:3", "a5:1");
        assertThat(plan.resolution().lostFrees()).isEqualTo(4);
        assertThat(plan.resolution().applied()).isEqualTo(6);
    }

    @Test
    void aFreeOfAPartSplitsABlockIntoPages() throws Exception {
        ReplayPlan plan = resolve(alloc(64, 2), new PageFree(65, 0), new PageFree(66, 1), new PageFree(64, 0));

        assertThat(steps(plan)).containsExactly("a0:2", "s0:2>1", "f2:0", "f3:0", "f4:0", "f1:0");
        assertThat(plan.resolution().splits()).isEqualTo(1);
        assertThat(plan.resolution().mergedFrees()).isEqualTo(1);
        assertThat(plan.resolution().applied()).isEqualTo(4);
        assertThat(plan.pagesLiveAtEnd()).isZero();
    }

    @Test
    void aFreeOfAPartSplitsACompoundBlockIntoBlocksOfItsOrder() throws Exception {
        ReplayPlan plan = resolve(allocCompound(64, 3), new PageFree(66, 1), new PageFree(64, 0));

        assertThat(steps(plan)).containsExactly("a0:3", "c0:3>1:1", "f2:1", "c1:1>5:0", "f5:0");
        assertThat(plan.resolution().splits()).isEqualTo(2);
        assertThat(plan.pagesLiveAtEnd()).isEqualTo(5);
    }

    @Test
    void aFreeOfMoreThanABlockFreesEveryPiece() throws Exception {
        ReplayPlan plan = resolve(alloc(64, 0), alloc(66, 1), new PageFree(64, 2));

        assertThat(steps(plan)).containsExactly("a0:0", "a1:1", "f0:0", "f1:1");
        assertThat(plan.resolution().mergedFrees()).isEqualTo(1);
        assertThat(plan.resolution().unmatchedFrees()).isZero();
    }

    @Test
    void whatFailedWhileRecordingIsSkipped() throws Exception {
        ReplayPlan plan = resolve(alloc(0, 4));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().skipped()).containsEntry("failedInRecording", 1L);
    }

    @Test
    void flagsThatContradictEachOtherAreSkipped() throws Exception {
        int both = Gfp.__GFP_MOVABLE | Gfp.__GFP_RECLAIMABLE;
        int zones = Gfp.__GFP_DMA | Gfp.__GFP_HIGHMEM;
        ReplayPlan plan = resolve(new PageAlloc(64, 0, 1, both, false), new PageAlloc(65, 0, 0, zones, true));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().skipped()).containsEntry("flagsRefused", 2L);
        assertThat(plan.resolution().migrateType()).isEqualTo(Checked.NONE);
    }

    @Test
    void otherEventsAreSkippedByReason() throws Exception {
        ReplayPlan plan = resolve(new PercpuChunk(1, true), new PageFallback(1, 1, 2, 0, 1));

        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("percpuChunk", 1L, "fallbackNote", 1L));
    }

    private static VmapAlloc vmap(long start, long bytes, long align) {
        return new VmapAlloc(start, bytes, align, 0, -1, false);
    }

    @Test
    void vmapAreasAreFoundByTheirAddress() throws Exception {
        ReplayPlan plan = resolve(
                vmap(0x4000, 20_480, 16_384),
                vmap(0xc000, 20_480, 16_384),
                new VmapFree(0x4000, 5, 100),
                new VmapFree(0x4000, 5, 100),
                new VmapPurge(0x4000, 0x9000, 1),
                vmap(0xc000, 8192, 4096));

        assertThat(IntStream.range(0, plan.ops()).mapToObj(step -> PlanOp.kind(plan.op(step))))
                .containsExactly(
                        PlanOp.VMAP_ALLOC,
                        PlanOp.VMAP_ALLOC,
                        PlanOp.VMAP_FREE,
                        PlanOp.VMAP_PURGE,
                        PlanOp.VMAP_FREE,
                        PlanOp.VMAP_ALLOC);
        assertThat(plan.block(2)).isEqualTo(plan.block(0));
        assertThat(plan.block(4)).isEqualTo(plan.block(1));
        assertThat(plan.vmaps().get(PlanOp.request(plan.op(5)))).isEqualTo(new VmapRequest(8192, 4096));
        assertThat(plan.rest().vmaps()).containsExactly(plan.block(5));
        assertThat(plan.resolution().applied()).isEqualTo(5);
        assertThat(plan.resolution().unmatchedFrees()).isEqualTo(1);
        assertThat(plan.resolution().lostFrees()).isEqualTo(1);
    }

    @Test
    void vmapAreasThatNobodyCanServeAreSkipped() throws Exception {
        ReplayPlan plan = resolve(
                new VmapAlloc(0, 4096, 4096, 0, -1, true),
                vmap(0x1000, 0, 4096),
                vmap(0x1000, -4096, 4096),
                vmap(0x1000, 4097, 4096),
                vmap(0x1000, 1L << 50, 4096),
                vmap(0x1000, 4096, 3),
                vmap(0x1000, 4096, 0),
                vmap(0x1000, 4096, Long.MIN_VALUE));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("failedInRecording", 1L, "flagsRefused", 7L));
    }

    @Test
    void objectsAreFoundByTheirAddress() throws Exception {
        ReplayPlan plan = resolve(
                new Kmalloc(0xa, 100, 128, Gfp.GFP_KERNEL),
                new CacheAlloc("dentry", 0xb, 190, 192, Gfp.GFP_KERNEL),
                new CacheAlloc("dentry", 0xc, 190, 192, Gfp.GFP_KERNEL),
                new Kfree(0xa),
                new CacheFree("dentry", 0xb),
                new Kfree(0xc),
                new Kfree(0xc),
                new CacheFree("dentry", 0xd),
                new Kfree(0));

        assertThat(kinds(plan))
                .containsExactly(
                        PlanOp.OBJECT_ALLOC,
                        PlanOp.OBJECT_ALLOC,
                        PlanOp.OBJECT_ALLOC,
                        PlanOp.KFREE,
                        PlanOp.CACHE_FREE,
                        PlanOp.KFREE);
        assertThat(plan.block(4)).isEqualTo(plan.block(1));
        assertThat(plan.requests().size()).isEqualTo(2);
        assertThat(plan.requests().get(PlanOp.request(plan.op(4))))
                .isEqualTo(new ObjectRequest("dentry", 190, 192, Gfp.GFP_KERNEL));
        assertThat(plan.requests().count(1)).isEqualTo(2);
        assertThat(plan.resolution().unmatchedFrees()).isEqualTo(2);
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("nullFree", 1L));
        assertThat(plan.rest().objects()).isEmpty();
    }

    private static List<Integer> kinds(ReplayPlan plan) {
        return IntStream.range(0, plan.ops())
                .mapToObj(step -> PlanOp.kind(plan.op(step)))
                .toList();
    }

    @Test
    void anObjectWhoseFreeWasLostIsFreedWhenItsAddressIsTakenAgain() throws Exception {
        ReplayPlan plan =
                resolve(new Kmalloc(0xa, 8, 8, Gfp.GFP_KERNEL), new CacheAlloc("", 0xa, 64, 64, Gfp.GFP_KERNEL));

        assertThat(kinds(plan)).containsExactly(PlanOp.OBJECT_ALLOC, PlanOp.KFREE, PlanOp.OBJECT_ALLOC);
        assertThat(plan.resolution().lostFrees()).isOne();
        assertThat(plan.requests().get(1).isKmalloc()).isFalse();
        assertThat(plan.rest().objects()).containsExactly(1);
    }

    @Test
    void requestsForObjectsThatNoKernelServesAreSkipped() throws Exception {
        ReplayPlan plan = resolve(
                new Kmalloc(1, 0, 0, Gfp.GFP_KERNEL),
                new Kmalloc(2, 5 << 20, 8 << 20, Gfp.GFP_KERNEL),
                new Kmalloc(3, 100, 64, Gfp.GFP_KERNEL),
                new CacheAlloc("c", 4, 8, 8, Gfp.__GFP_DMA | Gfp.__GFP_HIGHMEM),
                new Kmalloc(0, 8, 8, Gfp.GFP_KERNEL));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("flagsRefused", 4L, "failedInRecording", 1L));
    }

    private static final int OF_SLAB =
            Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY | Gfp.__GFP_COMP;

    @Test
    void pagesOfSlabsAreLeftToTheSlabLayer() throws Exception {
        ReplayPlan plan = resolve(
                new PageAlloc(64, 1, 2, OF_SLAB, true),
                new PageAlloc(66, 0, 1, Gfp.GFP_HIGHUSER_MOVABLE | OF_SLAB & ~Gfp.__GFP_RECLAIMABLE, true),
                new PageFree(64, 1),
                new PageFree(64, 1),
                new PageFree(66, 0));

        assertThat(steps(plan)).containsExactly("a0:0", "f0:0");
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("slabPage", 2L));
        assertThat(plan.resolution().unmatchedFrees()).isOne();
    }

    @Test
    void framesOfASlabWhoseFreeWasLostAreTakenAgain() throws Exception {
        ReplayPlan plan =
                resolve(new PageAlloc(64, 1, 2, OF_SLAB, true), alloc(65, 0), new PageFree(65, 0), new PageFree(64, 1));

        assertThat(steps(plan)).containsExactly("a0:0", "f0:0");
        assertThat(plan.resolution().unmatchedFrees()).isOne();
    }

    @Test
    void theBlockBehindALargeKmallocIsLeftToTheSlabLayer() throws Exception {
        ReplayPlan plan = resolve(
                allocCompound(64, 3),
                new Kmalloc(0xa, 20_000, 32_768, Gfp.GFP_KERNEL),
                alloc(128, 3),
                new Kmalloc(0xb, 20_000, 32_768, Gfp.GFP_KERNEL),
                new Kfree(0xa),
                new PageFree(64, 3));

        assertThat(kinds(plan))
                .containsExactly(PlanOp.NOTHING, PlanOp.OBJECT_ALLOC, PlanOp.ALLOC, PlanOp.OBJECT_ALLOC, PlanOp.KFREE);
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("slabPage", 2L));
        assertThat(plan.resolution().applied()).isEqualTo(4);
        assertThat(plan.pagesLiveAtEnd()).isEqualTo(8);
    }

    @Test
    void percpuAreasAreFoundByTheirAddress() throws Exception {
        PercpuAlloc area = new PercpuAlloc(false, false, 100, 3, 7, 16, 0xabc, 200, Gfp.GFP_KERNEL);
        PercpuAlloc atomic = new PercpuAlloc(false, true, 32768, 4096, 7, 0, 0xdef, 65536, Gfp.GFP_NOWAIT);
        ReplayPlan plan = resolve(area, atomic, new PercpuFree(7, 16, 0xabc), new PercpuFree(7, 16, 0xabc), area, area);

        assertThat(plan.ops()).isEqualTo(6);
        assertThat(PlanOp.kind(plan.op(0))).isEqualTo(PlanOp.PERCPU_ALLOC);
        assertThat(PlanOp.areaBytes(plan.op(0))).isEqualTo(100);
        assertThat(PlanOp.areaAlign(plan.op(0))).isEqualTo(4);
        assertThat(PlanOp.isAtomic(plan.op(0))).isFalse();
        assertThat(PlanOp.areaBytes(plan.op(1))).isEqualTo(32768);
        assertThat(PlanOp.areaAlign(plan.op(1))).isEqualTo(4096);
        assertThat(PlanOp.isAtomic(plan.op(1))).isTrue();
        assertThat(PlanOp.kind(plan.op(2))).isEqualTo(PlanOp.PERCPU_FREE);
        assertThat(plan.block(2)).isEqualTo(plan.block(0));
        assertThat(plan.rest().areas()).hasSize(2).contains(plan.block(1));
        assertThat(plan.resolution().unmatchedFrees()).isEqualTo(1);
        assertThat(plan.resolution().lostFrees()).isEqualTo(1);
    }

    @Test
    void percpuSizesThatNoKernelServesAreSkipped() throws Exception {
        ReplayPlan plan = resolve(
                new PercpuAlloc(false, false, 0, 8, 7, 0, 1, 0, 0),
                new PercpuAlloc(false, false, 32769, 8, 7, 0, 2, 0, 0),
                new PercpuAlloc(false, false, 8, 12, 7, 0, 3, 0, 0),
                new PercpuAlloc(false, false, 8, 8192, 7, 0, 4, 0, 0));

        assertThat(plan.ops()).isZero();
        assertThat(plan.resolution().skipped()).isEqualTo(Map.of("flagsRefused", 4L));
    }

    @Test
    void mobilityIsComparedWhereAllFlagsAreKnown() throws Exception {
        ReplayPlan plan = resolve(
                new PageAlloc(64, 0, 1, Gfp.GFP_HIGHUSER_MOVABLE, true),
                new PageAlloc(65, 0, 2, Gfp.GFP_HIGHUSER_MOVABLE, true),
                new PageAlloc(66, 0, 2, Gfp.GFP_HIGHUSER_MOVABLE, false));

        assertThat(plan.resolution().migrateType()).isEqualTo(new Checked(2, 1));
    }

    @Test
    void aPlanThatWouldFillTheHeapIsRefused() {
        Resolver resolver = new Resolver(1 << 20);

        assertThatThrownBy(() -> {
                    for (long pfn = 1024; ; pfn += 1024) {
                        resolver.event(alloc(pfn, 10), 0, 0);
                        resolver.event(new PageFree(pfn, 0), 0, 0);
                    }
                })
                .isInstanceOf(TraceFormatException.class)
                .hasMessageContaining("the replay would need more than 1 MiB of Java heap");
    }
}
