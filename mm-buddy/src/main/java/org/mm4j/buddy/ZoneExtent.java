package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.ZoneType;

/**
 * Where a zone lies.
 *
 * @param nid the node
 * @param type which of the node's zones
 * @param startFrame the first frame
 * @param endFrame the frame after the last
 * @param holes frames between them that do not exist
 * @param firstListHead where in the map its list heads begin
 */
record ZoneExtent(int nid, ZoneType type, int startFrame, int endFrame, List<FrameRange> holes, int firstListHead) {
    long pagesSpanned() {
        return (long) endFrame - startFrame;
    }

    /** Frames that exist. */
    long pagesPresent() {
        return pagesSpanned() - holes.stream().mapToLong(FrameRange::pages).sum();
    }

    boolean isHole(long pfn) {
        return holes.stream().anyMatch(hole -> hole.startPfn() <= pfn && pfn < hole.endPfn());
    }

    boolean contains(int frame) {
        return frame >= startFrame && frame < endFrame;
    }
}
