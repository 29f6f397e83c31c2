package org.mm4j.api;

/**
 * The mobility of pages. Pages of one mobility are kept together in pageblocks, so that the blocks of movable pages can
 * be emptied when a large block is wanted.
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, {@code enum migratetype}.
 */
public enum MigrateType {
    /** Pages that stay where they are. */
    UNMOVABLE("Unmovable"),
    /** Pages whose owner can move them. */
    MOVABLE("Movable"),
    /** Pages that a shrinker can give back. */
    RECLAIMABLE("Reclaimable"),
    /** Blocks reserved for requests of high order that cannot wait. */
    HIGHATOMIC("HighAtomic"),
    /** Blocks of an area for large contiguous allocations; movable pages may stay in them meanwhile. */
    CMA("CMA"),
    /** Free pages that nobody may take: their block is being emptied. */
    ISOLATE("Isolate");

    /** How many types there are. */
    public static final int COUNT = 6;

    /** How many types, the first ones, a request can ask for and per-CPU lists keep. */
    public static final int PCPTYPES = 3;

    private static final MigrateType[] VALUES = values();

    private final String kernelName;

    MigrateType(String kernelName) {
        this.kernelName = kernelName;
    }

    /** The type with the given {@link #ordinal()}, 0 to 5. */
    public static MigrateType of(int index) {
        return VALUES[index];
    }

    /** The name in /proc, {@code HighAtomic}. */
    public String kernelName() {
        return kernelName;
    }

    /** Whether pageblocks of this type merge with those of other such types. In Linux: migratetype_is_mergeable(). */
    public boolean isMergeable() {
        return ordinal() < PCPTYPES;
    }
}
