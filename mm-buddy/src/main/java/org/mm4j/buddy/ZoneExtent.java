package org.mm4j.buddy;

import org.mm4j.api.ZoneType;

/**
 * Where a zone lies.
 *
 * @param nid the node
 * @param type which of the node's zones
 * @param startFrame the first frame
 * @param endFrame the frame after the last
 * @param pagesPresent frames that exist; the others are holes
 * @param firstListHead where in the map its list heads begin
 */
record ZoneExtent(int nid, ZoneType type, int startFrame, int endFrame, long pagesPresent, int firstListHead) {
    boolean contains(int frame) {
        return frame >= startFrame && frame < endFrame;
    }
}
