package org.mm4j.api;

/**
 * Whom a page allocator tells that memory runs low: the side of reclaim that lower modules see.
 *
 * <pre>
 *   wakeKswapd         memory runs low            somebody else reclaims
 *   reclaim            memory is at its minimum   the caller reclaims
 *   pagesReclaimable   after a round              is another one worth it?
 *   outOfMemory        no round is                the last resort
 *   movableOwnerCame   memory can be compacted    somebody else does so ahead of time
 * </pre>
 *
 * <p>In Linux 6.18: mm/vmscan.c, wakeup_kswapd() and try_to_free_pages(); mm/oom_kill.c, out_of_memory().
 */
public interface MemoryPressure {
    /** Nobody reclaims: requests that need reclaim fail. */
    MemoryPressure NONE = new MemoryPressure() {
        @Override
        public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {}

        @Override
        public long reclaim(int nid, int gfp, int order) {
            return 0;
        }
    };

    /** Asks for reclaim in the background. Called without locks; it must neither block nor throw. */
    void wakeKswapd(int nid, ZoneType highest, int order, int gfp);

    /**
     * Frees memory on the calling thread. Called without locks, and only for requests that may block.
     *
     * @return how many pages were freed; 0 when there is nothing to reclaim
     */
    long reclaim(int nid, int gfp, int order);

    /**
     * How many pages {@link #reclaim} could free on a node, about. It says whether another round is worth it, together
     * with what is free. Called without locks. In Linux: zone_reclaimable_pages().
     */
    default long pagesReclaimable(int nid) {
        return 0;
    }

    /**
     * The last resort: ends somebody who has much memory. Called without locks, by one thread at a time, and only for
     * requests that may block. In Linux: out_of_memory().
     *
     * @return whether memory was freed, so that it is worth trying again; false: the request fails
     */
    default boolean outOfMemory(int nid, int gfp, int order) {
        return false;
    }

    /**
     * Somebody has come who can move pages, so that compaction in the background may have something to do from now on. Called
     * without locks; it must not throw. In Linux: kcompactd_run(), at boot.
     */
    default void movableOwnerCame() {}
}
