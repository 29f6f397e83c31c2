package org.mm4j.buddy;

import org.mm4j.api.ZoneType;

/**
 * The zones that may serve a request, first choice first.
 *
 * <p>In Linux 6.18: {@code struct zonelist}, cut at the highest zone that the request allows.
 *
 * @param nid the node that was asked for
 * @param highestIndex the number of the highest zone that the request allows
 * @param zones none, when no allowed zone has frames
 * @param keepsPageblocks whether requests first go without breaking up pageblocks of other types, even if a lower zone
 *     has to serve them: worth it where zone NORMAL has DMA32 below
 * @param hasOtherNodes whether some of the zones are on another node than the first
 */
@SuppressWarnings("ArrayRecordComponent") // read in the fast path, and never compared
record ZoneList(int nid, int highestIndex, Zone[] zones, boolean keepsPageblocks, boolean hasOtherNodes) {
    ZoneType highest() {
        return ZoneType.of(highestIndex);
    }

    boolean isEmpty() {
        return zones.length == 0;
    }

    /** The zone that statistics call the wanted one. */
    Zone preferred() {
        return zones[0];
    }
}
