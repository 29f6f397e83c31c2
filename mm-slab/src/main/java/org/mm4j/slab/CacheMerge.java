package org.mm4j.slab;

import static org.mm4j.slab.SlabFlags.SLAB_HWCACHE_ALIGN;
import static org.mm4j.slab.SlabFlags.SLAB_MERGE_SAME;
import static org.mm4j.slab.SlabFlags.SLAB_NEVER_MERGE;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which cache serves for another one that is to be created, because its objects are alike.
 *
 * <p>In Linux 6.18: mm/slab_common.c, find_mergeable(), slab_unmergeable(), calculate_alignment().
 */
final class CacheMerge {
    private static final int WORD_BYTES = 8;
    private static final int CACHE_LINE_BYTES = 64;

    private CacheMerge() {}

    /** The oldest alike cache of the list, which has the newest first; null when there is none. */
    static @Nullable CacheEntry find(List<CacheEntry> entries, int objectSize, KmemCacheArgs args) {
        if (objectSize < 1 || staysAlone(args)) {
            return null;
        }
        int align = align(objectSize, args);
        int size = up(up(objectSize, WORD_BYTES), align);
        for (CacheEntry entry : entries.reversed()) {
            KmemCache cache = entry.cache();
            if (!staysAlone(cache.args()) && isAlike(cache, size, align, args.flags())) {
                return entry;
            }
        }
        return null;
    }

    private static boolean staysAlone(KmemCacheArgs args) {
        return args.ctor() != null || args.usercopySize() > 0 || SlabFlags.hasAny(args.flags(), SLAB_NEVER_MERGE);
    }

    private static boolean isAlike(KmemCache cache, int size, int align, int flags) {
        int other = cache.layout().size();
        return size <= other
                && ((flags ^ cache.args().flags()) & SLAB_MERGE_SAME) == 0
                && other % align == 0
                && other - size < WORD_BYTES;
    }

    private static int align(int objectSize, KmemCacheArgs args) {
        int align = args.align();
        if (SlabFlags.has(args.flags(), SLAB_HWCACHE_ALIGN)) {
            int line = CACHE_LINE_BYTES;
            while (objectSize <= line / 2) {
                line /= 2;
            }
            align = Math.max(align, line);
        }
        return up(Math.max(align, WORD_BYTES), WORD_BYTES);
    }

    private static int up(int value, int align) {
        return (value + align - 1) / align * align;
    }
}
