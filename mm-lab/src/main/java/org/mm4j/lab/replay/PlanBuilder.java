package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.lab.trace.TraceFormatException;

/** A plan that grows. */
final class PlanBuilder {
    private static final int BYTES_PER_OP = 12;
    private static final int BYTES_PER_BLOCK = 8;

    private final List<PlanChunk> chunks = new ArrayList<>();
    private final long bytesMax;
    private int ops;
    private int blocks;

    /** A plan that, with what belongs to it, may take {@code bytesMax} bytes of memory. */
    PlanBuilder(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Adds a step; its number. */
    int add(long op, int block) {
        int index = ops & PlanChunk.MASK;
        if (index == 0) {
            chunks.add(new PlanChunk());
        }
        chunks.getLast().set(index, op, block);
        return ops++;
    }

    /** Takes a step out again, that no later step needs. */
    void drop(int step) {
        PlanChunk chunk = chunks.get(step >>> PlanChunk.SHIFT);
        int index = step & PlanChunk.MASK;
        chunk.set(index, PlanOp.nothing(PlanOp.cpu(chunk.op(index))), chunk.block(index));
    }

    /** The first of {@code count} new blocks. */
    int newBlocks(int count) {
        int first = blocks;
        blocks += count;
        return first;
    }

    /** Refuses to grow on when the plan, and {@code bytesBeside}, take more memory than they may. */
    void checkRoom(long bytesBeside) throws TraceFormatException {
        long bytes = (long) BYTES_PER_OP * ops + (long) BYTES_PER_BLOCK * blocks + bytesBeside;
        if (bytes > bytesMax || ops > Integer.MAX_VALUE / 2 || blocks > Integer.MAX_VALUE / 2) {
            throw new TraceFormatException(
                    "after " + ops + " steps",
                    "the replay would need more than " + (bytesMax >> 20)
                            + " MiB of Java heap; give it more with -Xmx");
        }
    }

    ReplayPlan build(
            PlanRest rest,
            Numbered<ObjectRequest> requests,
            Numbered<VmapRequest> vmaps,
            PlanPeaks peaks,
            Resolution resolution) {
        return new ReplayPlan(chunks, ops, blocks, rest, requests, vmaps, peaks, resolution);
    }
}
