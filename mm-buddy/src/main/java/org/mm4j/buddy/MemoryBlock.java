package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.ZoneType;

/**
 * One memory block at one moment.
 *
 * <p>In Linux 6.18: {@code struct memory_block}, /sys/devices/system/memory/memoryN.
 *
 * @param number its first pfn by its size
 * @param startPfn its first frame
 * @param pages how many frames it has
 * @param isOnline whether its frames are handed out
 * @param nid the node of its first frame
 * @param zones the types of the zones that have frames of it; a block of several zones stays online
 */
public record MemoryBlock(int number, long startPfn, long pages, boolean isOnline, int nid, List<ZoneType> zones) {
    /** Copies the list. */
    public MemoryBlock {
        zones = List.copyOf(zones);
    }
}
