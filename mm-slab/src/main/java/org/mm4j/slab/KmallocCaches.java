package org.mm4j.slab;

import java.util.Arrays;

/**
 * The caches behind kmalloc, and the table that leads from a request to its cache in one load.
 *
 * <pre>
 *               bytes   1..8   9..16  ...  8185..8192         one reference for each 8 bytes
 *   row 0  NORMAL    |      |      | ... |      |             copy 0
 *       1  RECLAIM   |      |      | ... |      |
 *       2  DMA       |      |      | ... |      |
 *       3  CGROUP    |      |      | ... |      |
 *    4-18  NORMAL    |      |      | ... |      |             copies 1 to 15, where there are random copies
 * </pre>
 *
 * <p>Immutable, for all threads.
 *
 * <p>In Linux 6.18: mm/slab_common.c, kmalloc_caches[], create_kmalloc_caches(); include/linux/slab.h, kmalloc_type().
 */
final class KmallocCaches {
    private static final int GRAIN_SHIFT = 3;
    private static final int ROW_SHIFT = 10;

    /** Random copies, the first one included; a power of two. */
    private static final int COPIES = SizeClasses.RANDOM_COPIES + 1;

    private static final int COPY_BITS = Integer.numberOfTrailingZeros(COPIES);

    /** 2 to the 64th by the golden ratio. In Linux: GOLDEN_RATIO_64. */
    private static final long GOLDEN_RATIO = 0x61c8864680b583ebL;

    private final KmemCache[] table;
    private final boolean hasCopies;
    private final long seed;

    /** The row of normal requests of whom nothing is known. */
    private final int normalRow;

    /** Creates the caches in the kernel's order, which is that of the types and of the classes' indexes. */
    KmallocCaches(SlabAllocator slabs, SizeClasses sizes, boolean hasCopies) {
        this.hasCopies = hasCopies;
        KmallocType[] types = KmallocType.values();
        table = new KmemCache[(types.length + (hasCopies ? SizeClasses.RANDOM_COPIES : 0)) << ROW_SHIFT];
        seed = slabs.parts().random().next();
        fill(slabs, sizes, KmallocType.NORMAL, 0);
        for (int copy = 1; hasCopies && copy < COPIES; copy++) {
            fill(slabs, sizes, KmallocType.NORMAL, copy);
        }
        for (KmallocType type : Arrays.asList(types).subList(1, types.length)) {
            fill(slabs, sizes, type, 0);
        }
        normalRow = hasCopies ? rowOf(0) : 0;
    }

    private void fill(SlabAllocator slabs, SizeClasses sizes, KmallocType type, int copy) {
        KmemCache[] caches = new KmemCache[sizes.count() + 1];
        for (int index = 1; index < caches.length; index++) {
            String name = copy == 0 ? sizes.name(type, index) : sizes.randomName(copy, index);
            int bytes = sizes.size(index);
            KmemCacheArgs args = KmemCacheArgs.NONE
                    .withAlign(sizes.align(index))
                    .withFlags(type.flags())
                    .withUsercopy(0, bytes);
            KmemCache cache = slabs.kmemCacheCreate(name, bytes, args);
            if (cache == null) {
                throw new IllegalStateException("Out of memory when creating slab " + name);
            }
            slabs.registry().keep(cache);
            caches[index] = cache;
        }
        int row = copy == 0 ? type.ordinal() << ROW_SHIFT : row(copy);
        for (int grain = 0; grain < 1 << ROW_SHIFT; grain++) {
            table[row + grain] = caches[sizes.index((grain + 1L) << GRAIN_SHIFT)];
        }
    }

    /** Whether objects of some cache remember how many bytes of them were asked for. */
    boolean keepSizes() {
        for (KmemCache cache : table) {
            if (cache.sizes().areKept()) {
                return true;
            }
        }
        return false;
    }

    /** The cache for 1 to {@link SizeClasses#MAX_CACHE_SIZE} bytes. */
    KmemCache cache(long bytes, int gfp) {
        int row = (gfp & KmallocType.SPECIAL) == 0 ? normalRow : rowOfSpecial(gfp);
        return table[row + ((int) (bytes - 1) >> GRAIN_SHIFT)];
    }

    /** {@link #cache(long, int)} for a caller at a place in the code, to whom one of the random copies belongs. */
    KmemCache cache(long bytes, int gfp, int caller) {
        boolean isRandom = hasCopies && (gfp & KmallocType.SPECIAL) == 0;
        return isRandom ? table[rowOf(caller) + ((int) (bytes - 1) >> GRAIN_SHIFT)] : cache(bytes, gfp);
    }

    private static int rowOfSpecial(int gfp) {
        return KmallocType.of(gfp).ordinal() << ROW_SHIFT;
    }

    private int rowOf(int caller) {
        int copy = (int) (((caller ^ seed) * GOLDEN_RATIO) >>> (Long.SIZE - COPY_BITS));
        return copy == 0 ? 0 : row(copy);
    }

    private static int row(int copy) {
        return (KmallocType.values().length + copy - 1) << ROW_SHIFT;
    }
}
