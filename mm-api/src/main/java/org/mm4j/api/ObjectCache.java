package org.mm4j.api;

/**
 * A cache of equal objects, named by their addresses in the direct map; 0 is no object.
 *
 * <p>All methods may be called by any thread. A call that names an object which is not allocated from this cache throws
 * {@link BadObjectException} and changes nothing; of two threads that free one object at the same time, one is refused.
 *
 * <p>In Linux 6.18: include/linux/slab.h, kmem_cache_alloc(), kmem_cache_free().
 */
public interface ObjectCache {
    /** Makes caches: one way to have other ones than those of mm-slab in a kernel. */
    @FunctionalInterface
    interface Maker {
        /**
         * A cache without objects.
         *
         * @param name for reports
         * @param objectSize bytes of an object
         * @param pages where its memory comes from, and goes back to
         * @param memory frame n of {@code pages} is byte n · 4096 of it
         */
        ObjectCache make(String name, int objectSize, PageAllocator pages, PhysicalMemory memory);
    }

    /** For reports. */
    String name();

    /** Bytes of an object that its owner may use. */
    int objectSize();

    /**
     * Takes an object.
     *
     * @param gfp flags of {@link Gfp}
     * @return its address, or 0 when there is no memory
     */
    long alloc(int gfp);

    /**
     * Gives an object back.
     *
     * @throws BadObjectException when {@code address} is no object that is allocated from this cache
     */
    void free(long address);

    /**
     * Fills {@code objects} with objects, or takes none.
     *
     * @return the length of {@code objects}; 0 when there is not memory for all, and then {@code objects} holds zeroes
     */
    int allocBulk(int gfp, long[] objects);

    /**
     * Gives the first {@code count} of {@code objects} back; all of them or, when one is refused, none.
     *
     * @throws BadObjectException when one is no object that is allocated from this cache, or stands there twice
     */
    void freeBulk(long[] objects, int count);
}
