package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NONE;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/** One call of a page allocator, with everything that it needs, so that it can be made again elsewhere. */
record Step(Call call, int gfp, int order, int nid, long pfn, long amount, int callerNode) {
    /** What calls without a result return. */
    static final String DONE = "done";

    enum Call {
        ALLOC,
        FREE,
        SPLIT,
        SPLIT_COMPOUND,
        EXACT,
        FREE_EXACT,
        BULK,
        GET,
        TRY_GET,
        PUT,
        COUNT,
        HEAD,
        NODE,
        /** The block may be freed when memory runs low. */
        RETIRE
    }

    static Step alloc(int gfp, int order, int nid, int callerNode) {
        return new Step(Call.ALLOC, gfp, order, nid, NONE, 0, callerNode);
    }

    static Step exact(long bytes, int gfp, int callerNode) {
        return new Step(Call.EXACT, gfp, 0, PageAllocator.NO_NODE, NONE, bytes, callerNode);
    }

    /** Bits of {@code filled} say which places are filled before the call. */
    static Step bulk(int gfp, int nid, int places, long filled, int callerNode) {
        return new Step(Call.BULK, gfp, places, nid, NONE, filled, callerNode);
    }

    static Step free(long pfn, int order, int callerNode) {
        return of(Call.FREE, pfn, order, callerNode);
    }

    /** A call that names a frame, and a number as far as it needs one. */
    static Step of(Call call, long pfn, long number, int callerNode) {
        return new Step(call, 0, (int) number, 0, pfn, number, callerNode);
    }

    Object on(PageAllocator allocator) {
        return switch (call) {
            case ALLOC -> allocator.allocPages(gfp, order, nid);
            case EXACT -> allocator.allocPagesExact(amount, gfp);
            case BULK -> bulk(allocator);
            case TRY_GET -> allocator.tryGetPage(pfn);
            case COUNT -> allocator.pageCount(pfn);
            case HEAD -> allocator.blockHead(pfn);
            case NODE -> allocator.nodeOf(pfn);
            default -> {
                change(allocator);
                yield DONE;
            }
        };
    }

    private void change(PageAllocator allocator) {
        switch (call) {
            case FREE -> allocator.freePages(pfn, order);
            case SPLIT -> allocator.splitPage(pfn, order);
            case SPLIT_COMPOUND -> allocator.splitCompound(pfn, order);
            case FREE_EXACT -> allocator.freePagesExact(pfn, amount);
            case GET -> allocator.getPage(pfn);
            case PUT -> allocator.putPage(pfn);
            default -> throw new IllegalStateException("no change: " + call);
        }
    }

    /** The result of the call, then the places. */
    private List<Long> bulk(PageAllocator allocator) {
        long[] pfns = new long[order];
        for (int at = 0; at < order; at++) {
            pfns[at] = (amount >>> at & 1) == 0 ? NONE : 1;
        }
        List<Long> result = new ArrayList<>();
        result.add((long) allocator.allocPagesBulk(gfp, nid, pfns));
        for (long pfn : pfns) {
            result.add(pfn);
        }
        return result;
    }

    @Override
    public String toString() {
        return switch (call) {
            case ALLOC -> "alloc order " + order + " " + Gfp.format(gfp) + " node " + nid + " from " + callerNode;
            case EXACT -> "exact " + amount + " bytes " + Gfp.format(gfp) + " from " + callerNode;
            case BULK ->
                "bulk " + order + " places, filled " + Long.toBinaryString(amount) + " " + Gfp.format(gfp) + " node "
                        + nid + " from " + callerNode;
            default -> call + " pfn " + pfn + " number " + amount;
        };
    }
}
