package org.mm4j.lab.replay;

import java.util.List;

/**
 * The steps that a replay carries out, in the order of the trace. A step is about a <em>block</em>, a number that the
 * resolver gave it: which frames it gets is decided only when it is allocated.
 *
 * <p>Twelve bytes a step, in chunks, so that a plan grows without being copied.
 */
public final class ReplayPlan {
    private final List<PlanChunk> chunks;
    private final int ops;
    private final int blocks;
    private final long[] liveAtEnd;
    private final int[] areasLiveAtEnd;
    private final long pagesLivePeak;
    private final Resolution resolution;

    ReplayPlan(
            List<PlanChunk> chunks,
            int ops,
            int blocks,
            long[] liveAtEnd,
            int[] areasLiveAtEnd,
            long pagesLivePeak,
            Resolution resolution) {
        this.chunks = List.copyOf(chunks);
        this.ops = ops;
        this.blocks = blocks;
        this.liveAtEnd = liveAtEnd;
        this.areasLiveAtEnd = areasLiveAtEnd;
        this.pagesLivePeak = pagesLivePeak;
        this.resolution = resolution;
    }

    /** How many steps there are. */
    public int ops() {
        return ops;
    }

    /** How many pages are live at once at the most, if the steps are done in order. */
    public long pagesLivePeak() {
        return pagesLivePeak;
    }

    /** How many pages are live after the last step. */
    public long pagesLiveAtEnd() {
        long pages = 0;
        for (long block : liveAtEnd) {
            pages += 1L << LiveBlock.order(block);
        }
        return pages;
    }

    /** What became of the trace's events. */
    public Resolution resolution() {
        return resolution;
    }

    /** The {@link PlanOp} of a step. */
    long op(int step) {
        return chunks.get(step >>> PlanChunk.SHIFT).op(step & PlanChunk.MASK);
    }

    /** The block that a step is about. */
    int block(int step) {
        return chunks.get(step >>> PlanChunk.SHIFT).block(step & PlanChunk.MASK);
    }

    /** How many blocks there are, numbered from 0. */
    int blocks() {
        return blocks;
    }

    /** The {@link LiveBlock}s that nobody frees. */
    long[] liveAtEnd() {
        return liveAtEnd.clone();
    }

    /** The blocks of the percpu areas that nobody frees. */
    int[] areasLiveAtEnd() {
        return areasLiveAtEnd.clone();
    }
}
