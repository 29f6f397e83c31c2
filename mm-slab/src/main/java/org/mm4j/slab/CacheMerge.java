package org.mm4j.slab;

import java.util.Locale;

/**
 * When a new cache need not exist, because objects of another one will do: it then becomes a second name of that one.
 * Pure functions.
 *
 * <p>In Linux 6.18: mm/slab_common.c, find_mergeable(), slab_unmergeable(); mm/slub.c, create_unique_id(),
 * __kmem_cache_alias().
 */
public final class CacheMerge {
    private CacheMerge() {}

    /** Whether nothing in the request keeps its cache alone; caches with one of such requests are never merged. */
    public static boolean isMergeable(SlabRequest request) {
        return !request.hasCtor()
                && !request.hasUsercopy()
                && request.sheafCapacity() == 0
                && !SlabFlags.hasAny(request.flags(), SlabFlags.SLAB_NEVER_MERGE);
    }

    /**
     * Whether objects of an existing cache will do for a request, and waste less than a word. Linux asks all caches, the
     * oldest first, and takes the first that does.
     */
    public static boolean serves(SlabLayout existing, SlabRequest request) {
        if (!isMergeable(existing.request()) || !isMergeable(request) || !isSameMemory(existing, request)) {
            return false;
        }
        long words = LayoutRules.alignUp(request.objectSize(), SlabLayout.WORD_BYTES);
        int align = LayoutRules.align(request.flags(), request.align(), words);
        long size = LayoutRules.alignUp(words, align);
        return size <= existing.size()
                && existing.size() % align == 0
                && existing.size() - size < SlabLayout.WORD_BYTES;
    }

    /**
     * The layout of a cache that also serves a request: the caller's part of the object grows, and nothing moves.
     *
     * @throws IllegalArgumentException when the cache does not serve the request
     */
    public static SlabLayout joined(SlabLayout existing, SlabRequest request) {
        if (!serves(existing, request)) {
            throw new IllegalArgumentException("slots of " + existing.size() + " bytes with flags "
                    + SlabFlags.format(existing.flags()) + " do not serve " + request);
        }
        int words = (int) LayoutRules.alignUp(request.objectSize(), SlabLayout.WORD_BYTES);
        return new SlabLayout(
                existing.request(),
                Math.max(existing.objectSize(), request.objectSize()),
                existing.size(),
                Math.max(existing.inuse(), words),
                existing.freePointerOffset(),
                existing.redLeftPad(),
                existing.align(),
                existing.order(),
                existing.minOrder(),
                existing.objectsPerSlab(),
                existing.minOrderObjects(),
                existing.minPartial(),
                existing.cpuPartialObjects(),
                existing.cpuPartialSlabs(),
                existing.sheafCapacity());
    }

    /**
     * The name under which sysfs shows a cache that may be merged: the size of its slots behind a letter for each flag
     * that matters, {@code :0000064}, {@code :A-0000128}.
     */
    public static String id(SlabLayout layout) {
        int flags = layout.flags();
        String letters = letter(flags, SlabFlags.SLAB_CACHE_DMA, "d")
                + letter(flags, SlabFlags.SLAB_CACHE_DMA32, "D")
                + letter(flags, SlabFlags.SLAB_RECLAIM_ACCOUNT, "a")
                + letter(flags, SlabFlags.SLAB_CONSISTENCY_CHECKS, "F")
                + letter(flags, SlabFlags.SLAB_ACCOUNT, "A");
        return String.format(Locale.ROOT, ":%s%s%07d", letters, letters.isEmpty() ? "" : "-", layout.size());
    }

    private static boolean isSameMemory(SlabLayout existing, SlabRequest request) {
        return ((existing.flags() ^ request.flags()) & SlabFlags.SLAB_MERGE_SAME) == 0;
    }

    private static String letter(int flags, int flag, String letter) {
        return SlabFlags.has(flags, flag) ? letter : "";
    }
}
