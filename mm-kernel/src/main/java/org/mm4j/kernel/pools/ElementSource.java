package org.mm4j.kernel.pools;

import org.mm4j.api.PageAllocator;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;

/**
 * Where the elements of a pool come from, and where they go back to. An element is a number that means something to its
 * source: the first pfn of a block, the address of an object. Both methods are called by any thread, and never under a
 * lock of the pool.
 *
 * <p>In Linux 6.18: include/linux/mempool.h, mempool_alloc_t and mempool_free_t.
 */
public interface ElementSource {
    /** No element. */
    long NONE = 0;

    /** Blocks of 2<sup>{@code order}</sup> pages, as the pfn of their first one. In Linux: mempool_alloc_pages(). */
    static ElementSource ofPages(PageAllocator pages, int order) {
        return new PageElements(pages, order);
    }

    /** Objects of a cache, by address; {@code kmalloc}, of the same kernel, knows them. In Linux: mempool_alloc_slab(). */
    static ElementSource ofCache(KmemCache cache, Kmalloc kmalloc) {
        return new CacheElements(cache, kmalloc);
    }

    /** Memory of {@code bytes} bytes, by address. In Linux: mempool_kmalloc(). */
    static ElementSource ofKmalloc(Kmalloc kmalloc, long bytes) {
        return new KmallocElements(kmalloc, bytes);
    }

    /** An element, or {@link #NONE}. It waits only when {@code gfp} allows it. */
    long alloc(int gfp);

    /** Takes an element back. */
    void free(long element);

    /**
     * Refuses what is certainly no element in use, before a pool keeps it. A source that cannot tell does nothing.
     *
     * @throws IllegalArgumentException when it is not in use
     */
    default void checkInUse(long element) {}
}
