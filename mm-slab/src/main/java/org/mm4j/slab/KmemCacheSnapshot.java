package org.mm4j.slab;

import java.util.List;

/**
 * One cache at one moment. Racy: others may run meanwhile. Objects that an engine keeps for CPUs count as active.
 *
 * <p>In Linux 6.18: {@code struct slabinfo}, /proc/slabinfo, /sys/kernel/slab.
 *
 * @param name the name of the cache that was created first
 * @param aliases names of the caches that were merged into it
 * @param layout its geometry
 * @param objectSize bytes of an object, the largest of all aliases
 * @param users how often it was created and not destroyed
 * @param objects of all slabs
 * @param objectsActive those that are not free on a node's partial list
 * @param slabs all slabs
 * @param slabsPartial those on the nodes' partial lists
 * @param slabsKept those that the engine has for CPUs
 * @param objectsKept free objects that the engine has for CPUs, those on the freelists of its slabs not counted
 */
public record KmemCacheSnapshot(
        String name,
        List<String> aliases,
        SlabLayout layout,
        int objectSize,
        int users,
        long objects,
        long objectsActive,
        long slabs,
        long slabsPartial,
        long slabsKept,
        long objectsKept) {
    /** Copies the list. */
    public KmemCacheSnapshot {
        aliases = List.copyOf(aliases);
    }
}
