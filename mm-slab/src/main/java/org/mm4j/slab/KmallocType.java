package org.mm4j.slab;

import org.mm4j.api.Gfp;

/**
 * The kinds of memory for which kmalloc keeps caches of their own, so that pages of one kind lie together; in the order in
 * which the caches are created.
 *
 * <p>In Linux 6.18: include/linux/slab.h, enum kmalloc_cache_type, kmalloc_type(). The random copies of
 * CONFIG_RANDOM_KMALLOC_CACHES are copies of {@link #NORMAL}.
 */
public enum KmallocType {
    /** No wishes. */
    NORMAL("kmalloc-", SlabFlags.SLAB_NO_MERGE),
    /** A shrinker can give it back. */
    RECLAIM("kmalloc-rcl-", SlabFlags.SLAB_RECLAIM_ACCOUNT),
    /** In the zone DMA. */
    DMA("dma-kmalloc-", SlabFlags.SLAB_CACHE_DMA),
    /** Charged to a memory cgroup. */
    CGROUP("kmalloc-cg-", SlabFlags.SLAB_ACCOUNT);

    /** Requests without these are {@link #NORMAL}. */
    static final int SPECIAL = Gfp.__GFP_DMA | Gfp.__GFP_RECLAIMABLE | Gfp.__GFP_ACCOUNT;

    private final String prefix;
    private final int flags;

    KmallocType(String prefix, int flags) {
        this.prefix = prefix;
        this.flags = flags | SlabFlags.SLAB_KMALLOC;
    }

    /** The kind that a request asks for; when it asks for several: DMA before reclaimable before charged. */
    public static KmallocType of(int gfp) {
        if ((gfp & SPECIAL) == 0) {
            return NORMAL;
        }
        if ((gfp & Gfp.__GFP_DMA) != 0) {
            return DMA;
        }
        return (gfp & Gfp.__GFP_RECLAIMABLE) != 0 ? RECLAIM : CGROUP;
    }

    /** What the names of its caches begin with. */
    public String prefix() {
        return prefix;
    }

    /** The {@link SlabFlags} of its caches. */
    public int flags() {
        return flags;
    }
}
