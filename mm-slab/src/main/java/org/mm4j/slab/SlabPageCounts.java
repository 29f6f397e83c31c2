package org.mm4j.slab;

/**
 * Pages of the slabs on a node.
 *
 * <p>In Linux 6.18: nr_slab_reclaimable and nr_slab_unreclaimable of a node.
 *
 * @param reclaimable of caches whose objects a shrinker can give back
 * @param unreclaimable of all others
 */
public record SlabPageCounts(long reclaimable, long unreclaimable) {
    /** Of both kinds. */
    public long sum() {
        return reclaimable + unreclaimable;
    }
}
