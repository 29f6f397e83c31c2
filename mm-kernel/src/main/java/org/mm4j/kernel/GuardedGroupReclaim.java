package org.mm4j.kernel;

import org.mm4j.kernel.memcg.GroupReclaim;
import org.mm4j.kernel.memcg.MemoryCgroup;
import org.mm4j.kernel.reclaim.Reclaim;

/**
 * Reclaim inside of memory cgroups that is never called by itself: what it allocates is charged whatever the limit.
 *
 * <p>In Linux 6.18: mm/memcontrol.c, the test for PF_MEMALLOC in try_charge_memcg().
 *
 * @param reclaim the kernel's shrinkers and those who can be ended
 * @param contexts where the scopes are
 */
record GuardedGroupReclaim(Reclaim reclaim, Contexts contexts) implements GroupReclaim {
    @Override
    public boolean isReclaiming() {
        return contexts.isNoreclaim();
    }

    @Override
    public long reclaim(MemoryCgroup cgroup, long pages, int gfp) {
        return contexts.noreclaim(() -> reclaim.reclaimCgroup(cgroup, pages, gfp));
    }

    @Override
    public boolean outOfMemory(MemoryCgroup cgroup, int gfp, int order) {
        return contexts.noreclaim(() -> reclaim.outOfMemory(cgroup, gfp, order));
    }

    @Override
    public void removed(MemoryCgroup cgroup) {
        reclaim.removed(cgroup);
    }
}
