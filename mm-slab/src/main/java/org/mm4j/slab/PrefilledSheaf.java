package org.mm4j.slab;

import org.mm4j.api.Gfp;

/**
 * Objects that are set apart for one user, who can take so many of them without fail, where nothing may be waited for.
 * For one thread at a time.
 *
 * <p>Objects in it cannot be freed; they count as the caller's, so that a cache with a prefilled sheaf is not destroyed.
 *
 * <p>In Linux 6.18: kmem_cache_prefill_sheaf() and what belongs to it, include/linux/slab.h. Differs: every cache has them;
 * each is made anew, like the oversize ones there.
 */
public final class PrefilledSheaf implements AutoCloseable {
    private final KmemCache cache;
    private final SlabFrames frames;

    /** The addresses of {@link #size} objects, each {@link Slab#RESERVED}. */
    private long[] objects = {};

    private int size;

    PrefilledSheaf(KmemCache cache, SlabFrames frames) {
        this.cache = cache;
        this.frames = frames;
    }

    /** Objects in it. In Linux: kmem_cache_sheaf_size(). */
    public int size() {
        return size;
    }

    /**
     * Takes an object, as {@link KmemCache#alloc} does. In Linux: kmem_cache_alloc_from_sheaf().
     *
     * @param gfp of which only {@link Gfp#__GFP_ZERO} matters
     * @return its address, or 0 when the sheaf is empty
     * @throws IllegalStateException when the cache has been destroyed
     */
    public long alloc(int gfp) {
        if (size == 0) {
            return 0;
        }
        long address = objects[size - 1];
        Slab slab = slab(address);
        slab.setAllocated(cache.memory().number(slab, address));
        size--;
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            cache.memory().zero(address, cache.objectSize());
        }
        return address;
    }

    /**
     * Takes objects of the cache until there are {@code wanted}. In Linux: kmem_cache_refill_sheaf().
     *
     * @return false, and nothing is changed, when there is no memory for all
     * @throws IllegalArgumentException when {@code wanted} is less than 1
     */
    public boolean refill(int gfp, int wanted) {
        if (wanted < 1) {
            throw new IllegalArgumentException("a sheaf is filled with 1 object or more, not " + wanted);
        }
        if (wanted <= size) {
            return true;
        }
        long[] more;
        long[] joined;
        try {
            more = new long[wanted - size];
            joined = new long[wanted];
        } catch (OutOfMemoryError _) {
            return false;
        }
        if (cache.allocBulk(gfp & ~Gfp.__GFP_ZERO, more) == 0) {
            return false;
        }
        for (long address : more) {
            Slab slab = slab(address);
            slab.setReserved(cache.memory().number(slab, address));
        }
        System.arraycopy(objects, 0, joined, 0, size);
        System.arraycopy(more, 0, joined, size, more.length);
        objects = joined;
        size = wanted;
        return true;
    }

    /** Gives all objects back; more can be taken later. In Linux: kmem_cache_return_sheaf(). */
    @Override
    public void close() {
        for (int at = 0; at < size; at++) {
            Slab slab = slab(objects[at]);
            slab.setAllocated(cache.memory().number(slab, objects[at]));
        }
        int count = size;
        size = 0;
        cache.freeBulk(objects, count);
    }

    private Slab slab(long address) {
        Slab slab = frames.find(address);
        if (slab == null) { // an object keeps its slab as long as there is a cache
            throw new IllegalStateException(cache + " has been destroyed");
        }
        return slab;
    }
}
