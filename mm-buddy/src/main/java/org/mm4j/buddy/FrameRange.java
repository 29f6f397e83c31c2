package org.mm4j.buddy;

import org.mm4j.api.PageFrame;

/**
 * Frames {@code startPfn} to {@code endPfn} − 1.
 *
 * <p>In Linux 6.18: {@code struct memblock_region}, and the pairs of start_pfn and end_pfn in mm/page_alloc.c.
 *
 * @param startPfn the first frame, 0 or more
 * @param endPfn the frame after the last
 */
public record FrameRange(long startPfn, long endPfn) {
    /** Checks that the range has a frame at least, and that every byte of it has an address. */
    public FrameRange {
        if (startPfn < 0 || endPfn <= startPfn) {
            throw new IllegalArgumentException(
                    "a range of frames has at least one and begins at 0 or later, not " + startPfn + " to " + endPfn);
        }
        if (endPfn > Long.MAX_VALUE >> PageFrame.PAGE_SHIFT) {
            throw new IllegalArgumentException(
                    "the last frame is " + (Long.MAX_VALUE >> PageFrame.PAGE_SHIFT) + ", so none ends at " + endPfn);
        }
    }

    /** How many frames. */
    public long pages() {
        return endPfn - startPfn;
    }

    boolean overlaps(FrameRange other) {
        return startPfn < other.endPfn && other.startPfn < endPfn;
    }

    boolean contains(FrameRange other) {
        return startPfn <= other.startPfn && other.endPfn <= endPfn;
    }
}
