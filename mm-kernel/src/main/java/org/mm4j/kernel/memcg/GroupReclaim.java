package org.mm4j.kernel.memcg;

/**
 * What a group asks when it is at its limit.
 *
 * <p>Called by requests that may block, without locks, by several threads at the same time. In Linux 6.18: mm/vmscan.c,
 * try_to_free_mem_cgroup_pages(); mm/memcontrol.c, mem_cgroup_out_of_memory().
 */
public interface GroupReclaim {
    /** Nobody reclaims, and nobody is ended: what is over the limit fails. */
    GroupReclaim NONE = new GroupReclaim() {
        @Override
        public boolean isReclaiming() {
            return false;
        }

        @Override
        public long reclaim(MemoryCgroup cgroup, long pages, int gfp) {
            return 0;
        }

        @Override
        public boolean outOfMemory(MemoryCgroup cgroup, int gfp, int order) {
            return false;
        }
    };

    /** Whether the calling thread is about to free memory, so that what it takes is not refused. In Linux: PF_MEMALLOC. */
    boolean isReclaiming();

    /**
     * Lets a group and those below it give something back.
     *
     * @param pages how many are wanted
     * @return how many pages or objects were freed, about; 0: there is nothing left
     */
    long reclaim(MemoryCgroup cgroup, long pages, int gfp);

    /**
     * Ends somebody of a group or of those below it.
     *
     * @return whether it is worth trying again
     */
    boolean outOfMemory(MemoryCgroup cgroup, int gfp, int order);

    /** A group is gone: what was noted about it goes to its parent. */
    default void removed(MemoryCgroup cgroup) {}
}
