package org.mm4j.slab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;

/**
 * Frees many objects: those of the same slab that stand near each other are linked, and given back at once.
 *
 * <pre>
 *   objects   a1 b1 a2 a3 c1 a4 | a5          from the end: a5, then a4, past c1 a3, a2, past b1 a1
 *                                             one chain a1 to a5; next c1, next b1
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, kmem_cache_free_bulk(), build_detached_freelist().
 */
final class DetachedFreelists {
    /** So many objects of other slabs may stand between two of a chain. */
    private static final int LOOKAHEAD = 3;

    private DetachedFreelists() {}

    /**
     * Frees all or none.
     *
     * @param cache whose objects they are; null: of any cache
     */
    static void free(SlabFrames frames, @Nullable KmemCache cache, long[] objects, int count) {
        if (count < 0 || count > objects.length) {
            throw new IllegalArgumentException(
                    "of " + objects.length + " objects 0 to " + objects.length + " can be freed, not " + count);
        }
        claimAll(frames, cache, objects, count);
        giveBack(frames, objects, count);
    }

    /** Frees objects of any caches whose grace period is over. */
    static void freeDeferred(SlabFrames frames, long[] objects, int count) {
        for (int at = 0; at < count; at++) {
            Slab slab = slabOf(frames, objects[at]);
            slab.endDefer(slab.cache.memory().number(slab, objects[at]));
        }
        giveBack(frames, objects, count);
    }

    /** From here on the objects belong to this call. */
    private static void claimAll(SlabFrames frames, @Nullable KmemCache cache, long[] objects, int count) {
        for (int at = 0; at < count; at++) {
            long address = objects[at];
            Slab slab = frames.find(address);
            if (slab == null || (cache != null && slab.cache != cache) || !claim(slab, address)) {
                unclaim(frames, objects, at);
                throw refusal(cache, address, slab);
            }
        }
    }

    private static boolean claim(Slab slab, long address) {
        int object = slab.cache.memory().number(slab, address);
        return object != 0 && slab.claim(object);
    }

    private static void unclaim(SlabFrames frames, long[] objects, int count) {
        for (int at = 0; at < count; at++) {
            Slab slab = slabOf(frames, objects[at]);
            slab.unclaim(slab.cache.memory().number(slab, objects[at]));
        }
    }

    private static BadObjectException refusal(@Nullable KmemCache cache, long address, @Nullable Slab slab) {
        if (cache != null) {
            return cache.reports().bad(address, slab);
        }
        if (slab != null) {
            return slab.cache.reports().bad(address, slab);
        }
        return new BadObjectException(address, "0x" + Long.toHexString(address) + " is freed, but lies in no slab");
    }

    /** The order of {@code objects} changes. */
    private static void giveBack(SlabFrames frames, long[] objects, int count) {
        int end = count;
        while (end > 0) {
            end = giveChain(frames, objects, end);
        }
    }

    /**
     * Gives the chain that ends at {@code end − 1} back; objects of other slabs move up behind those that are left.
     *
     * @return how many are left at the begin of {@code objects}
     */
    private static int giveChain(SlabFrames frames, long[] objects, int end) {
        Slab slab = slabOf(frames, objects[end - 1]);
        ObjectMemory memory = slab.cache.memory();
        int tail = memory.number(slab, objects[end - 1]);
        int head = tail;
        int length = 1;
        int others = 0;
        int at = end - 1;
        while (at > 0 && others < LOOKAHEAD) {
            at--;
            long address = objects[at];
            if (frames.find(address) == slab) {
                int object = memory.number(slab, address);
                memory.setNext(slab, object, head);
                head = object;
                length++;
                swap(objects, at, end - length);
            } else {
                others++;
            }
        }
        slab.cache.engine().freeChain(slab, head, tail, length);
        return end - length;
    }

    private static void swap(long[] objects, int one, int other) {
        long value = objects[one];
        objects[one] = objects[other];
        objects[other] = value;
    }

    private static Slab slabOf(SlabFrames frames, long address) {
        return Objects.requireNonNull(frames.find(address), "an object that was claimed keeps its slab");
    }
}
