package org.mm4j.slab;

import java.util.List;

/**
 * What became of a cache that was to be destroyed.
 *
 * <p>In Linux 6.18: nothing; kmem_cache_destroy() writes it to the log.
 *
 * @param isDestroyed whether the caller's claim on the cache has ended; it has not when objects are live, or somebody is in a call
 * @param liveObjects how many objects callers still have; 0 when only a call was under way, so that another attempt will do
 * @param addresses of the first of them
 */
public record DestroyReport(boolean isDestroyed, long liveObjects, List<Long> addresses) {
    static final DestroyReport DESTROYED = new DestroyReport(true, 0, List.of());

    /** Copies the list. */
    public DestroyReport {
        addresses = List.copyOf(addresses);
    }
}
