package org.mm4j.api;

import java.util.List;

/**
 * One node at one moment: its five zones, populated or not. Each zone is exact; between the zones others may run.
 *
 * <p>In Linux 6.18: {@code pg_data_t}, as /proc/zoneinfo prints it.
 *
 * @param nid the node's number
 * @param zones the zones in the order of {@link ZoneType}
 */
public record NodeSnapshot(int nid, List<ZoneSnapshot> zones) {
    /** Copies the list. */
    public NodeSnapshot {
        zones = List.copyOf(zones);
    }
}
