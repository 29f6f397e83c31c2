package org.mm4j.slab;

/** Flags of a cache, with the kernel's names. The geometry work replaces this file. */
public final class SlabFlags {
    public static final int SLAB_CONSISTENCY_CHECKS = 1 << 0;
    public static final int SLAB_RED_ZONE = 1 << 1;
    public static final int SLAB_POISON = 1 << 2;
    public static final int SLAB_KMALLOC = 1 << 3;
    public static final int SLAB_HWCACHE_ALIGN = 1 << 4;
    public static final int SLAB_CACHE_DMA = 1 << 5;
    public static final int SLAB_CACHE_DMA32 = 1 << 6;
    public static final int SLAB_STORE_USER = 1 << 7;
    public static final int SLAB_PANIC = 1 << 8;
    public static final int SLAB_TYPESAFE_BY_RCU = 1 << 9;
    public static final int SLAB_TRACE = 1 << 10;
    public static final int SLAB_NOLEAKTRACE = 1 << 11;
    public static final int SLAB_NO_MERGE = 1 << 12;
    public static final int SLAB_FAILSLAB = 1 << 13;
    public static final int SLAB_ACCOUNT = 1 << 14;
    public static final int SLAB_NO_USER_FLAGS = 1 << 15;
    public static final int SLAB_RECLAIM_ACCOUNT = 1 << 16;

    public static final int SLAB_DEBUG_FLAGS =
            SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;
    public static final int SLAB_FLAGS_PERMITTED = ((1 << 17) - 1) & ~SLAB_FAILSLAB;
    public static final int SLAB_NEVER_MERGE =
            SLAB_DEBUG_FLAGS | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE;
    public static final int SLAB_MERGE_SAME = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

    private SlabFlags() {}

    /** Whether all of {@code wanted} are set in {@code flags}. */
    public static boolean has(int flags, int wanted) {
        return (flags & wanted) == wanted;
    }

    /** Whether one of {@code wanted} is set in {@code flags}. */
    public static boolean hasAny(int flags, int wanted) {
        return (flags & wanted) != 0;
    }

    /** The flags in hexadecimal. */
    public static String format(int flags) {
        return "0x" + Integer.toHexString(flags);
    }
}
