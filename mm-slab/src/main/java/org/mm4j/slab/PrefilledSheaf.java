package org.mm4j.slab;

import org.mm4j.api.Gfp;

/**
 * Objects that are set apart for one user, who can take so many of them without fail, where nothing may be waited for.
 * For one thread at a time.
 *
 * <p>Objects in it cannot be freed; they count as the caller's, so that a cache with a prefilled sheaf is not destroyed.
 *
 * <p>In Linux 6.18: kmem_cache_prefill_sheaf() and what belongs to it, include/linux/slab.h. Differs: every cache has them;
 * each is made anew and does not come from a CPU's sheaves, like the oversize ones there.
 */
public final class PrefilledSheaf implements AutoCloseable {
    private final KmemCache cache;
    private final SlabObjects objects;
    private Sheaf sheaf = new Sheaf(0);

    PrefilledSheaf(KmemCache cache, SlabObjects objects) {
        this.cache = cache;
        this.objects = objects;
    }

    /** Objects in it. In Linux: kmem_cache_sheaf_size(). */
    public int size() {
        return sheaf.size;
    }

    /**
     * Takes an object, as {@link KmemCache#alloc} does. In Linux: kmem_cache_alloc_from_sheaf().
     *
     * @param gfp of which only {@link Gfp#__GFP_ZERO} matters
     * @return its address, or 0 when the sheaf is empty
     */
    public long alloc(int gfp) {
        if (sheaf.size == 0) {
            return 0;
        }
        sheaf.size--;
        long object = objects.handOut(sheaf.objects[sheaf.size]);
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            cache.memory().zero(object, cache.objectSize());
        }
        return object;
    }

    /**
     * Takes objects of the cache until there are {@code size}. In Linux: kmem_cache_refill_sheaf().
     *
     * @return false, and nothing is changed, when there is no memory for all
     * @throws IllegalArgumentException when {@code size} is less than 1
     */
    public boolean refill(int gfp, int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a sheaf is filled with 1 object or more, not " + size);
        }
        if (size <= sheaf.size) {
            return true;
        }
        Sheaf next = new Sheaf(size - sheaf.size);
        Sheaf joined = new Sheaf(size);
        boolean isFull = false;
        try {
            isFull = objects.fill(next, gfp, 0);
        } finally {
            if (!isFull) {
                objects.flush(next);
            }
        }
        if (isFull) {
            objects.reserve(next);
            join(joined, next);
        }
        return isFull;
    }

    private void join(Sheaf joined, Sheaf next) {
        System.arraycopy(sheaf.objects, 0, joined.objects, 0, sheaf.size);
        System.arraycopy(next.objects, 0, joined.objects, sheaf.size, next.size);
        joined.size = sheaf.size + next.size;
        sheaf = joined;
    }

    /** Gives all objects back; more can be taken later. In Linux: kmem_cache_return_sheaf(). */
    @Override
    public void close() {
        objects.unreserve(sheaf);
        objects.flush(sheaf);
    }
}
