package org.mm4j.api;

/**
 * Whom a page allocator tells that memory runs low: the side of reclaim that lower modules see.
 *
 * <p>In Linux 6.18: mm/vmscan.c, wakeup_kswapd() and try_to_free_pages().
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
}
