package org.mm4j.kernel;

import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ZoneType;

/**
 * Reclaim that is never called by itself: what it allocates comes from the reserves, and does not reclaim.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __perform_reclaim(), and the test for PF_MEMALLOC in __alloc_pages_slowpath().
 *
 * @param pressure who reclaims
 * @param contexts where the scopes are
 */
record GuardedReclaim(MemoryPressure pressure, Contexts contexts) implements MemoryPressure {
    @Override
    public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {
        pressure.wakeKswapd(nid, highest, order, gfp);
    }

    @Override
    public long reclaim(int nid, int gfp, int order) {
        if (contexts.isNoreclaim()) {
            return 0;
        }
        return contexts.noreclaim(() -> pressure.reclaim(nid, gfp, order));
    }

    @Override
    public long pagesReclaimable(int nid) {
        return pressure.pagesReclaimable(nid);
    }

    @Override
    public boolean outOfMemory(int nid, int gfp, int order) {
        return !contexts.isNoreclaim() && contexts.noreclaim(() -> pressure.outOfMemory(nid, gfp, order));
    }

    @Override
    public void movableOwnerCame() {
        pressure.movableOwnerCame();
    }
}
