package org.mm4j.slab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The flags of a cache, one {@code int}: how its objects lie in memory, whose memory they are counted as, and how
 * carefully they are checked. The names are the kernel's, and so is the order of the bits.
 *
 * <p>In Linux 6.18: include/linux/slab.h, {@code slab_flags_t}; mm/slab.h and mm/slab_common.c for the masks. Differs:
 * flags of tools that are not here (KASAN, KFENCE, debug objects) have no bit.
 */
public final class SlabFlags {
    /** Debug: every allocation and every free is checked. Letter F. */
    public static final int SLAB_CONSISTENCY_CHECKS = 1 << 0;
    /** Debug: bytes around the object tell whether somebody wrote past its ends. Letter Z. */
    public static final int SLAB_RED_ZONE = 1 << 1;
    /** Debug: free objects hold a pattern that tells whether somebody wrote to them. Letter P. */
    public static final int SLAB_POISON = 1 << 2;
    /** The cache is one of kmalloc's. */
    public static final int SLAB_KMALLOC = 1 << 3;
    /** Objects begin at cache lines, or share one evenly when they are small. */
    public static final int SLAB_HWCACHE_ALIGN = 1 << 4;
    /** Slabs come from the zone DMA. */
    public static final int SLAB_CACHE_DMA = 1 << 5;
    /** Slabs come from the zones that a 32-bit DMA engine reaches. */
    public static final int SLAB_CACHE_DMA32 = 1 << 6;
    /** Debug: the object remembers who allocated and who freed it last. Letter U. */
    public static final int SLAB_STORE_USER = 1 << 7;
    /** The kernel stops when the cache cannot be created. */
    public static final int SLAB_PANIC = 1 << 8;
    /** Slabs are given back after a grace period only: a reader may still look at an object that was freed. */
    public static final int SLAB_TYPESAFE_BY_RCU = 1 << 9;
    /** Debug: every allocation and every free is logged. Letter T. */
    public static final int SLAB_TRACE = 1 << 10;
    /** The leak detector leaves the objects alone. */
    public static final int SLAB_NOLEAKTRACE = 1 << 11;
    /** The cache stays alone, whatever others look like. */
    public static final int SLAB_NO_MERGE = 1 << 12;
    /** Debug: allocations are made to fail now and then. Letter A. */
    public static final int SLAB_FAILSLAB = 1 << 13;
    /** Objects are charged to the memory cgroup of whoever allocates them. */
    public static final int SLAB_ACCOUNT = 1 << 14;
    /** Debug flags that a user wants for all caches do not count for this one. */
    public static final int SLAB_NO_USER_FLAGS = 1 << 15;
    /** Objects can be given back by a shrinker; their pages count as reclaimable. */
    public static final int SLAB_RECLAIM_ACCOUNT = 1 << 16;

    /** The debug flags that turn the fast paths off. {@link #SLAB_FAILSLAB} is not among them. */
    public static final int SLAB_DEBUG_FLAGS =
            SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;
    /** What the creator of a cache may ask for; all but {@link #SLAB_FAILSLAB}, which only a user can want. */
    public static final int SLAB_FLAGS_PERMITTED = SLAB_DEBUG_FLAGS
            | SLAB_HWCACHE_ALIGN
            | SLAB_CACHE_DMA
            | SLAB_CACHE_DMA32
            | SLAB_PANIC
            | SLAB_TYPESAFE_BY_RCU
            | SLAB_NOLEAKTRACE
            | SLAB_RECLAIM_ACCOUNT
            | SLAB_ACCOUNT
            | SLAB_KMALLOC
            | SLAB_NO_MERGE
            | SLAB_NO_USER_FLAGS;
    /**
     * A cache with one of these stays alone. Differs from 6.18: {@link #SLAB_CONSISTENCY_CHECKS} is one of them, as in
     * later kernels, because a cache that joins another one would lose its checks.
     */
    public static final int SLAB_NEVER_MERGE =
            SLAB_DEBUG_FLAGS | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE;
    /** Caches that are merged agree on these. */
    public static final int SLAB_MERGE_SAME = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

    /** Names in the order of the bits. */
    private static final Map<String, Integer> NAMES = names();

    private static final int ALL = NAMES.values().stream().reduce(0, (a, b) -> a | b);

    private static final String LETTERS = "FZPUTA";
    private static final int[] LETTER_FLAGS = {
        SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER, SLAB_TRACE, SLAB_FAILSLAB
    };

    private SlabFlags() {}

    /** Whether all of {@code wanted} are set in {@code flags}. */
    public static boolean has(int flags, int wanted) {
        return (flags & wanted) == wanted;
    }

    /** Whether one of {@code wanted} is set in {@code flags}. */
    public static boolean hasAny(int flags, int wanted) {
        return (flags & wanted) != 0;
    }

    /** Whether the flags turn the fast paths off. In Linux 6.18: mm/slub.c, kmem_cache_debug(). */
    public static boolean isDebug(int flags) {
        return hasAny(flags, SLAB_DEBUG_FLAGS);
    }

    /** Whether each request's own size is kept beside its object. In Linux 6.18: mm/slub.c, slub_debug_orig_size(). */
    public static boolean keepsOriginalSize(int flags) {
        return has(flags, SLAB_STORE_USER | SLAB_KMALLOC);
    }

    /** The bits that are no flag. */
    static int unknown(int flags) {
        return flags & ~ALL;
    }

    /** The flags as words, {@code SLAB_POISON|SLAB_PANIC}; unknown bits in hexadecimal, none as {@code none}. */
    public static String format(int flags) {
        if (flags == 0) {
            return "none";
        }
        List<String> words = new ArrayList<>();
        NAMES.forEach((name, bit) -> {
            if ((flags & bit) != 0) {
                words.add(name);
            }
        });
        int rest = unknown(flags);
        if (rest != 0) {
            words.add("0x" + Integer.toHexString(rest));
        }
        return String.join("|", words);
    }

    /**
     * Debug flags as the kernel's command line has them, {@code slab_debug=FZPU}: letters, large or small, in any
     * order; no letter is no flag. In Linux 6.18: mm/slub.c, parse_slub_debug_flags().
     *
     * @throws IllegalArgumentException when there is another letter; the message names it
     */
    public static int parseDebugLetters(String letters) {
        int flags = 0;
        for (int at = 0; at < letters.length(); at++) {
            String letter = letters.substring(at, letters.offsetByCodePoints(at, 1));
            int index = LETTERS.indexOf(letter.toUpperCase(Locale.ROOT));
            if (index < 0) {
                throw new IllegalArgumentException("debug flags are letters of F (consistency checks), Z (red zones), "
                        + "P (poison), U (users), T (trace) and A (failslab); \"" + letter + "\" in \"" + letters
                        + "\" is none of them");
            }
            flags |= LETTER_FLAGS[index];
        }
        return flags;
    }

    private static Map<String, Integer> names() {
        Map<String, Integer> names = new LinkedHashMap<>();
        names.put("SLAB_CONSISTENCY_CHECKS", SLAB_CONSISTENCY_CHECKS);
        names.put("SLAB_RED_ZONE", SLAB_RED_ZONE);
        names.put("SLAB_POISON", SLAB_POISON);
        names.put("SLAB_KMALLOC", SLAB_KMALLOC);
        names.put("SLAB_HWCACHE_ALIGN", SLAB_HWCACHE_ALIGN);
        names.put("SLAB_CACHE_DMA", SLAB_CACHE_DMA);
        names.put("SLAB_CACHE_DMA32", SLAB_CACHE_DMA32);
        names.put("SLAB_STORE_USER", SLAB_STORE_USER);
        names.put("SLAB_PANIC", SLAB_PANIC);
        names.put("SLAB_TYPESAFE_BY_RCU", SLAB_TYPESAFE_BY_RCU);
        names.put("SLAB_TRACE", SLAB_TRACE);
        names.put("SLAB_NOLEAKTRACE", SLAB_NOLEAKTRACE);
        names.put("SLAB_NO_MERGE", SLAB_NO_MERGE);
        names.put("SLAB_FAILSLAB", SLAB_FAILSLAB);
        names.put("SLAB_ACCOUNT", SLAB_ACCOUNT);
        names.put("SLAB_NO_USER_FLAGS", SLAB_NO_USER_FLAGS);
        names.put("SLAB_RECLAIM_ACCOUNT", SLAB_RECLAIM_ACCOUNT);
        return names;
    }
}
