package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.contract.AllocatedBytes;

/** Calls that succeed allocate no Java heap, so that the allocator never makes the collector run. */
class NoJavaHeapTest {
    private static final int WARM_UP = 3_000;
    private static final int CALLS = 2_000;
    private static final int TIMES = 3;

    private final BuddyAllocator pages = new BuddyAllocator(BuddyConfig.ofNodes(
            NodeLayout.ofRange(1, 1, 20_000, 2_000), NodeLayout.ofRange(1, 2 << 20, (2 << 20) + 20_000, 2_000)));
    private final long held = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_COMP, 4);
    private final long[] places = new long[100];

    @Test
    void noCallThatSucceedsUsesIt() {
        Map<String, Runnable> calls = new TreeMap<>();
        for (int order : new int[] {0, 3, 10}) {
            calls.put("order " + order, () -> pages.freePages(pages.allocPages(Gfp.GFP_KERNEL, order), order));
        }
        calls.put("movable", () -> pages.freePages(pages.allocPages(Gfp.GFP_HIGHUSER_MOVABLE, 1, 1), 1));
        calls.put("compound", () -> pages.putPage(pages.allocPages(Gfp.GFP_ATOMIC | Gfp.__GFP_COMP, 2)));
        calls.put("references", this::references);
        calls.put("exact", () -> pages.freePagesExact(pages.allocPagesExact(20_000, Gfp.GFP_KERNEL), 20_000));
        calls.put("bulk", this::bulk);
        calls.put("split", this::split);
        calls.put("splitCompound", this::splitCompound);
        calls.put("speculative", this::speculative);
        calls.put("fallback", this::fallback);
        Map<String, Long> used = new TreeMap<>();
        calls.forEach((name, call) -> used.put(name, heapUsed(call)));
        assertThat(used.values()).as("bytes of %s", used).containsOnly(0L);
    }

    /** The measure itself works: one object is seen. */
    @Test
    void anAllocationIsSeen() {
        Object[] kept = new Object[1];
        assertThat(heapUsed(() -> kept[0] = new int[4])).isGreaterThanOrEqualTo(CALLS * 16L);
    }

    private void references() {
        pages.getPage(held);
        pages.tryGetPage(held + 3);
        pages.putPage(held + pages.pageCount(held) - pages.pageCount(held + 1));
        pages.putPage(pages.blockHead(held + 5) + pages.nodeOf(held));
    }

    private void bulk() {
        pages.allocPagesBulk(Gfp.GFP_KERNEL, 0, places);
        for (int at = 0; at < places.length; at++) {
            pages.freePages(places[at], 0);
            places[at] = 0;
        }
    }

    private void split() {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL, 2);
        pages.splitPage(pfn, 2);
        pages.freeContigRange(pfn, 4);
    }

    private void splitCompound() {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_COMP, 2);
        pages.splitCompound(pfn, 1);
        pages.freePages(pfn, 1);
        pages.freePages(pfn + 2, 1);
    }

    private void speculative() {
        long pfn = pages.allocPages(Gfp.GFP_KERNEL, 2);
        pages.getPage(pfn);
        pages.freePages(pfn, 2);
        pages.putPage(pfn);
    }

    /** No pageblock is reclaimable for long: they are claimed, or a part of them taken. */
    private void fallback() {
        long one = pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE, 0);
        long other = pages.allocPages(Gfp.GFP_HIGHUSER_MOVABLE, 9);
        pages.freePages(one, 0);
        pages.freePages(other, 9);
    }

    /** What so many calls take of the Java heap, when all is loaded and compiled. */
    private static long heapUsed(Runnable call) {
        times(WARM_UP, call);
        return AllocatedBytes.leastOf(TIMES, () -> times(CALLS, call));
    }

    private static void times(int calls, Runnable call) {
        for (int each = 0; each < calls; each++) {
            call.run();
        }
    }
}
