package org.mm4j.api;

import java.util.function.LongConsumer;

/**
 * What keeps free objects of one cache in front of its slabs: a slab engine of one's own. The caches do the rest: they lay
 * objects out in pages, refuse bad frees, count, and zero what is asked for.
 *
 * <pre>
 *   caller  ---- alloc ---&gt;  take()          slabs.take()  many at once, when it is empty
 *           &lt;--- free  ----  put()    stock  slabs.give()  many at once, when it is full
 * </pre>
 *
 * <p>Objects are addresses. An object is in one place: with a caller, in the stock, or in its slab. Of what the stock has,
 * nothing but the addresses is its own: it must not write to objects. Any thread may call any method.
 *
 * <p>In Linux 6.18: mm/slub.c, {@code struct kmem_cache_cpu}, {@code struct slub_percpu_sheaves}.
 */
public interface ObjectStock {
    /** No object. */
    long NONE = 0;

    /**
     * A free object, for the caller; {@link #NONE} when there is no memory.
     *
     * @param gfp to pass on to {@link Slabs#take}
     */
    long take(int gfp);

    /** Keeps a free object. When it throws, it must not have it. */
    void put(long object);

    /** Gives all objects back to the slabs; those that others put meanwhile may stay. */
    void flush();

    /** Shows all objects. Exact only while nobody else calls. */
    void forEach(LongConsumer visitor);

    /** The slabs behind a stock. Call with no lock held: pages may be taken and given back. */
    interface Slabs {
        /**
         * Takes free objects, near the calling thread.
         *
         * @return how many stand at {@code objects[from]} and behind; fewer than fit when there is no memory for more
         */
        int take(int gfp, long[] objects, int from, int to);

        /** Gives objects back; what stands in the array then means nothing. */
        void give(long[] objects, int from, int to);
    }

    /** Makes the stock of a cache. */
    interface Maker {
        /**
         * An empty stock.
         *
         * @param cache its name
         * @param objectSize bytes of an object
         */
        ObjectStock over(String cache, int objectSize, Slabs slabs);
    }
}
