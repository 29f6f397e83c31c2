package org.mm4j.kernel.pools;

import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;

/** Objects of a cache. In Linux 6.18: mm/mempool.c, mempool_alloc_slab(), mempool_free_slab(). */
record CacheElements(KmemCache cache, Kmalloc kmalloc) implements ElementSource {
    @Override
    public long alloc(int gfp) {
        return cache.alloc(gfp);
    }

    @Override
    public void free(long address) {
        cache.free(address);
    }

    /** Kmalloc knows the objects of all caches. */
    @Override
    public void checkInUse(long address) {
        if (kmalloc.ksize(address) == 0) {
            throw new IllegalArgumentException("element " + address + " is refused: it is no object");
        }
    }
}
