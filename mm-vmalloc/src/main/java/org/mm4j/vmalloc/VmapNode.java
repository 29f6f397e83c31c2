package org.mm4j.vmalloc;

/**
 * A part of the areas, with locks of its own, so that CPUs seldom meet.
 *
 * <pre>
 *   address:  | 64 KiB | 64 KiB | 64 KiB | 64 KiB | ...     3 nodes
 *   node:         0        1        2        0      ...     of an area: that of its first address
 * </pre>
 *
 * <p>In use, an area belongs to the node of its address; freed, to its home, the node of the CPU that asked for it, if that
 * node's pools may serve it again.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, struct vmap_node.
 */
final class VmapNode {
    static final int NONE = -1;

    /** vmap_zone_size: neighbouring addresses that belong to the same node, 16 pages. */
    private static final int CHUNK_SHIFT = 16;

    private static final int NODES_MAX = 128;

    private final BusyAreas busy = new BusyAreas();
    private final LazyAreas lazy = new LazyAreas();
    private final RangePools pools = new RangePools();

    /** What the running purge works on; guarded by its lock. */
    private final AreaList purging = new AreaList();

    VmapNode() {}

    /** How many nodes there are for so many CPUs. */
    static int count(int cpus) {
        return Math.clamp(cpus, 1, NODES_MAX);
    }

    /** The number of the node that an address belongs to. In Linux: addr_to_node_id(). */
    static int index(long address, int nodes) {
        return (int) ((address >>> CHUNK_SHIFT) % nodes);
    }

    BusyAreas busy() {
        return busy;
    }

    LazyAreas lazy() {
        return lazy;
    }

    RangePools pools() {
        return pools;
    }

    AreaList purging() {
        return purging;
    }
}
