package org.mm4j.kernel;

import org.mm4j.api.ZoneType;

/**
 * The figures of /proc/zoneinfo that no snapshot of the page allocator has. Whoever counts some overrides the method
 * and answers 0 for the others. Racy.
 *
 * <p>In Linux 6.18: mm/vmstat.c, node_page_state_pages(), zone_page_state().
 */
public interface VmStats {
    /** Nothing is counted. */
    VmStats NONE = new VmStats() {};

    /** A counter of a node, in the unit in which it is printed. */
    default long node(int nid, NodeStat stat) {
        return 0;
    }

    /** A counter of a zone. Not asked for what a {@link org.mm4j.api.ZoneSnapshot} has. */
    default long zone(int nid, ZoneType type, ZoneStat stat) {
        return 0;
    }

    /** Whether kswapd has given up on the node. */
    default boolean isUnreclaimable(int nid) {
        return false;
    }
}
