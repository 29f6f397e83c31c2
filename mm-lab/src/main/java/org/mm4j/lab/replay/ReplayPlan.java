package org.mm4j.lab.replay;

import java.util.List;
import org.mm4j.api.PageFrame;

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
    private final PlanRest rest;
    private final Numbered<ObjectRequest> requests;
    private final Numbered<VmapRequest> vmaps;
    private final PlanPeaks peaks;
    private final Resolution resolution;

    ReplayPlan(
            List<PlanChunk> chunks,
            int ops,
            int blocks,
            PlanRest rest,
            Numbered<ObjectRequest> requests,
            Numbered<VmapRequest> vmaps,
            PlanPeaks peaks,
            Resolution resolution) {
        this.chunks = List.copyOf(chunks);
        this.ops = ops;
        this.blocks = blocks;
        this.rest = rest;
        this.requests = requests;
        this.vmaps = vmaps;
        this.peaks = peaks;
        this.resolution = resolution;
    }

    /** How many steps there are. */
    public int ops() {
        return ops;
    }

    /** How many pages are live at once at the most, if the steps are done in order. */
    public long pagesLivePeak() {
        return peaks.pages();
    }

    /** About how many pages the replay needs: slabs are half full at times. */
    public long pagesNeeded() {
        return peaks.pages() + 2 * peaks.objectBytes() / PageFrame.PAGE_SIZE;
    }

    /** How many pages are live after the last step. */
    public long pagesLiveAtEnd() {
        long pages = 0;
        for (long block : rest.pages()) {
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

    /** What nobody frees. */
    PlanRest rest() {
        return rest;
    }

    /** The requests for objects, by the numbers that the steps have. */
    Numbered<ObjectRequest> requests() {
        return requests;
    }

    /** The requests for vmap areas, by the numbers that the steps have. */
    Numbered<VmapRequest> vmaps() {
        return vmaps;
    }
}
