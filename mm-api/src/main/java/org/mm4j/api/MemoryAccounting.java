package org.mm4j.api;

import org.jspecify.annotations.Nullable;

/**
 * Who pays for memory: what allocators ask when a request is to be charged. An allocator notes the payer with what it
 * hands out, and tells him when it comes back, whoever brings it.
 *
 * <p>Any thread may call. In Linux 6.18: include/linux/memcontrol.h, current_obj_cgroup(), obj_cgroup_charge().
 */
@FunctionalInterface
public interface MemoryAccounting {
    /** What memory is used for. In Linux: the lines of memory.stat. */
    enum Kind {
        /** Pages of a page cache. In Linux: file. */
        FILE,
        /** Pages of kernel memory. In Linux: kernel, less all others of it. */
        PAGES,
        /** Pages of vmalloc's areas. In Linux: vmalloc. */
        VMALLOC,
        /** Copies of percpu allocations. In Linux: percpu. */
        PERCPU,
        /** Objects that a shrinker can give back. In Linux: slab_reclaimable. */
        SLAB_RECLAIMABLE,
        /** All other objects. In Linux: slab_unreclaimable. */
        SLAB_UNRECLAIMABLE
    }

    /** Whoever pays for the requests of the calling thread; null: nobody does. Called on fast paths: no Java heap. */
    @Nullable
    Payer payer();

    /** Somebody who is charged. In Linux: {@code struct obj_cgroup}. */
    interface Payer {
        /**
         * Charges {@code bytes} bytes, 1 or more. Called without locks; a request that may block may wait meanwhile.
         *
         * @param gfp what is allowed to make room: flags of {@link Gfp}, those that count for the calling thread
         * @return false, and nothing is charged, when that would be more than there may be
         */
        boolean tryCharge(Kind kind, long bytes, int gfp);

        /** Takes bytes back that were charged. Never fails, never waits, and may be called under locks. */
        void uncharge(Kind kind, long bytes);
    }
}
