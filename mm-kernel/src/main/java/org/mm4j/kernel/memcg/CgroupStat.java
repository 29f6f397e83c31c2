package org.mm4j.kernel.memcg;

/**
 * What the memory of a group and of those below it is used for, in bytes. A sum over counts that others change meanwhile:
 * exact when nobody allocates or frees.
 *
 * <p>In Linux 6.18: memory.stat.
 *
 * @param file pages of page caches
 * @param pages pages that were asked for as such
 * @param vmalloc pages of vmalloc's areas
 * @param percpu copies of percpu allocations
 * @param slabReclaimable objects that a shrinker can give back, each with 8 bytes for its payer
 * @param slabUnreclaimable all other objects, each with 8 bytes for its payer
 */
public record CgroupStat(
        long file, long pages, long vmalloc, long percpu, long slabReclaimable, long slabUnreclaimable) {
    /** All objects. */
    public long slab() {
        return slabReclaimable + slabUnreclaimable;
    }

    /** Everything that is no page of a page cache. */
    public long kernel() {
        return pages + vmalloc + percpu + slab();
    }

    /** Everything. */
    public long total() {
        return file + kernel();
    }
}
