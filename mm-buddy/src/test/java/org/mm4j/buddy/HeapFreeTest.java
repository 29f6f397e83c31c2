package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.FrameZeroing;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** Calls that succeed allocate no Java heap, compiled or not. */
class HeapFreeTest {
    private static final int ROUNDS = 2_000;
    private static final FrameZeroing NOTHING = (_, _) -> {};

    @RegisterExtension
    final Machines machines = new Machines();

    interface Call {
        void on(PageAllocator pages);
    }

    private static final long[] PFNS = new long[100];

    private static final Map<String, Call> CALLS = Map.of(
            "a page", pages -> pages.freePages(pages.allocPages(Gfp.GFP_KERNEL, 0), 0),
            "a zeroed block", pages -> pages.freePages(pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_ZERO, 4), 4),
            "a compound block", HeapFreeTest::compound,
            "claimed pageblocks", HeapFreeTest::claimed,
            "exact pages", pages -> pages.freePagesExact(pages.allocPagesExact(20_000, Gfp.GFP_KERNEL), 20_000),
            "bulk pages", HeapFreeTest::bulk,
            "speculative references", HeapFreeTest::speculative,
            "split pages", HeapFreeTest::split);

    private static void compound(PageAllocator pages) {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_COMP, 3);
        pages.splitCompound(pfn, 2);
        pages.freePages(pfn, 2);
        pages.putPage(pages.blockHead(pfn + 6));
    }

    private static void claimed(PageAllocator pages) {
        long movable = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE, 10);
        long reclaimable = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE, 9);
        pages.freePages(movable, 10);
        pages.freePages(reclaimable, 9);
    }

    private static void bulk(PageAllocator pages) {
        Arrays.fill(PFNS, PageFrame.NONE);
        pages.allocPagesBulk(Gfp.GFP_KERNEL, 0, PFNS);
        for (long pfn : PFNS) {
            pages.freePages(pfn, 0);
        }
    }

    private static void speculative(PageAllocator pages) {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL, 3);
        pages.getPage(pfn);
        pages.tryGetPage(pfn);
        pages.freePages(pfn, 3);
        pages.putPage(pfn);
        pages.putPage(pfn);
    }

    private static void split(PageAllocator pages) {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL, 1);
        pages.splitPage(pfn, 1);
        pages.freePages(pfn, 0);
        pages.freePages(pfn + 1, 0);
    }

    static Stream<Arguments> calls() {
        return CALLS.entrySet().stream().map(call -> Arguments.of(call.getKey(), call.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("no heap")
    @MethodSource("calls")
    void noHeap(String name, Call call) {
        Machine machine = machines.of(BuddyConfig.ofFrames(8192).withZeroing(NOTHING));
        AllocatedBytes allocated = new AllocatedBytes();
        call.on(machine.allocator);
        long before = allocated.now();
        for (int round = 0; round < ROUNDS; round++) {
            call.on(machine.allocator);
        }
        assertThat(allocated.now() - before).as("bytes for %s", name).isLessThan(ROUNDS);
        machine.expectAllFree();
    }
}
