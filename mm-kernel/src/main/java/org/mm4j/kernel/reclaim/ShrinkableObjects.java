package org.mm4j.kernel.reclaim;

/**
 * A cache of objects that somebody can do without, seen by reclaim. Both methods are called without locks, by requests
 * that lack memory and by kswapd, by several threads at the same time. What they allocate comes from the reserves. They
 * never wait for a lock under which their own side allocates.
 *
 * <p>In Linux 6.18: count_objects and scan_objects of {@code struct shrinker}.
 */
public interface ShrinkableObjects {
    /** What {@link #scanObjects} returns when it cannot go on now: the rest is left for the next time. */
    long SHRINK_STOP = -1;

    /** What {@link #countObjects} may return when there is no object at all. */
    long SHRINK_EMPTY = -2;

    /** How many objects could be freed, about. Fast: it is asked often. */
    long countObjects(ShrinkControl control);

    /**
     * Looks at {@link ShrinkControl#nrToScan} objects, the least useful first, and frees those that are not in use.
     *
     * @return how many were freed, or {@link #SHRINK_STOP}
     */
    long scanObjects(ShrinkControl control);
}
