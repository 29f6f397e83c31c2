package org.mm4j.buddy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.mm4j.api.BadPageException;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.ZoneType;

/** One of two allocators that are compared, with a reclaimer of its own: it frees blocks that were retired before. */
final class Side<A extends PageAllocator> implements MemoryPressure {
    private static final int BLOCKS_AT_ONCE = 4;

    final A allocator;

    /** What the allocator asked of its reclaimer since the last look. */
    final List<String> calls = new ArrayList<>();

    private final Deque<long[]> retired = new ArrayDeque<>();
    private int callerNode;

    Side(BuddyConfig config, Function<BuddyConfig, A> making) {
        allocator = making.apply(config.withPressure(this).withCallerNode(() -> callerNode));
    }

    /** What the step returns, or the word "refused". */
    Object take(Step step) {
        callerNode = step.callerNode();
        try {
            if (step.call() == Step.Call.RETIRE) {
                retired.addLast(new long[] {step.pfn(), step.order()});
                return "retired";
            }
            return step.on(allocator);
        } catch (BadPageException refused) {
            return "refused";
        }
    }

    @Override
    public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {
        calls.add("wake " + nid + " " + highest + " " + order + " " + gfp);
    }

    @Override
    public long reclaim(int nid, int gfp, int order) {
        long pages = 0;
        for (int block = 0; block < BLOCKS_AT_ONCE && !retired.isEmpty(); block++) {
            long[] oldest = retired.removeFirst();
            pages += take(Step.free(oldest[0], (int) oldest[1], callerNode)) == Step.DONE ? 1L << oldest[1] : 0;
        }
        calls.add("reclaim " + nid + " " + gfp + " " + order + ": " + pages);
        return pages;
    }
}
