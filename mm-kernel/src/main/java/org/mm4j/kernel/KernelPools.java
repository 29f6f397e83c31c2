package org.mm4j.kernel;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.ElementSource;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.kernel.pools.PageFragCaches;
import org.mm4j.slab.KmemCache;

/**
 * Makes what drivers build on the allocators of a kernel. What is made belongs to the caller, who closes it.
 *
 * <p>Any thread may call it; after the end of the kernel every method throws {@link IllegalStateException}. In Linux
 * 6.18: mempool_create() and its like, mm/mempool.c; dma_pool_create(), mm/dmapool.c; kmem_buckets_create(),
 * mm/slab_common.c.
 */
public final class KernelPools {
    private static final String FRAGMENTS = "page fragments";

    private final KernelParts parts;

    KernelPools(KernelParts parts) {
        this.parts = parts;
    }

    private KernelParts open() {
        parts.contexts.checkOpen();
        return parts;
    }

    /** A pool that always has blocks of pages, of one order, for whoever can wait. In Linux: mempool_create_page_pool(). */
    public Mempool mempoolOfPages(String name, int minNr, int order) {
        return new Mempool(
                name,
                minNr,
                ElementSource.ofPages(open().pagesFor("mempool " + name), order),
                parts.config.log(),
                parts.faults.ofMempools());
    }

    /** A pool that always has objects of a cache. In Linux: mempool_create_slab_pool(). */
    public Mempool mempoolOfCache(String name, int minNr, KmemCache cache) {
        return new Mempool(
                name,
                minNr,
                ElementSource.ofCache(cache, open().kmalloc),
                parts.config.log(),
                parts.faults.ofMempools());
    }

    /** A pool that always has memory of {@code bytes} bytes. In Linux: mempool_create_kmalloc_pool(). */
    public Mempool mempoolOfKmalloc(String name, int minNr, long bytes) {
        return new Mempool(
                name,
                minNr,
                ElementSource.ofKmalloc(open().kmalloc, bytes),
                parts.config.log(),
                parts.faults.ofMempools());
    }

    /** Pieces of pages, for one thread at a time; see {@link PageFragCaches} for many. */
    public PageFragCache pageFragCache() {
        return new PageFragCache(open().pagesFor(FRAGMENTS), parts.memory);
    }

    /** Pieces of pages, for many threads. */
    public PageFragCaches pageFragCaches() {
        return new PageFragCaches(open().faults.before(parts.slots.gate()), parts.pagesFor(FRAGMENTS), parts.memory);
    }

    /** Blocks for a device, aligned, and never across a boundary; see {@link DmaPool}. */
    public DmaPool dmaPool(String name, long size, long align, long boundary) {
        return new DmaPool(
                name, size, align, boundary, open().pagesFor("dma pool " + name), parts.memory, parts.config.log());
    }

    /** Caches of kmalloc for one user, all of whose bytes may be copied to user space; see {@link KmemBuckets}. */
    public KmemBuckets kmemBuckets(String name) {
        return kmemBuckets(name, 0, 0, Integer.MAX_VALUE, null);
    }

    /**
     * {@link #kmemBuckets(String)} with everything that can be said. In Linux: kmem_buckets_create().
     *
     * @param flags of {@link org.mm4j.slab.SlabFlags}
     * @param useroffset where the part of each object begins that may be copied to and from user space
     * @param usersize how long it is at most
     * @param ctor of each object, or null
     * @throws IllegalStateException when a cache cannot be created; then none is left
     */
    public KmemBuckets kmemBuckets(String name, int flags, int useroffset, int usersize, @Nullable LongConsumer ctor) {
        return KmemBuckets.create(open(), name, flags, useroffset, usersize, ctor);
    }
}
