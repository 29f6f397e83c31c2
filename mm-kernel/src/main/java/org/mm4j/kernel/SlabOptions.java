package org.mm4j.kernel;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.ObjectStock;
import org.mm4j.slab.SizeClasses;
import org.mm4j.slab.SlabDebugOptions;
import org.mm4j.slab.SlabEngineKind;

/**
 * How a kernel's slab allocator is built. Immutable; the {@code with…} methods return changed copies.
 *
 * <p>In Linux 6.18: the options of mm/Kconfig for slabs, and the command line's slab_nomerge.
 *
 * @param sizes the classes of kmalloc
 * @param hasRandomCopies whether callers of kmalloc are spread over copies of its caches. In Linux:
 *     CONFIG_RANDOM_KMALLOC_CACHES
 * @param merges whether alike caches become one
 * @param hardensFreelists whether the links of free objects are disguised. In Linux: CONFIG_SLAB_FREELIST_HARDENED
 * @param shufflesFreelists whether new slabs hand their objects out in random order. In Linux: CONFIG_SLAB_FREELIST_RANDOM
 * @param engine what keeps objects for CPUs
 * @param debug which caches are checked, and how, as {@link SlabDebugOptions#parse} reads it; null: none. In Linux: the
 *     command line's slab_debug
 * @param seed of all randomness
 * @param stock makes what keeps objects of kmalloc and of all caches, instead of {@code engine}; null: that does
 */
public record SlabOptions(
        SizeClasses sizes,
        boolean hasRandomCopies,
        boolean merges,
        boolean hardensFreelists,
        boolean shufflesFreelists,
        SlabEngineKind engine,
        @Nullable String debug,
        long seed,
        ObjectStock.@Nullable Maker stock) {
    /** As distributions build their kernels. */
    public static final SlabOptions DEFAULT = new SlabOptions(
            SizeClasses.LINUX, false, true, true, true, SlabEngineKind.CPU_SLAB, null, 0x6d6d346a, null);

    /** For speed: dense classes, so that less is wasted; nothing disguised, and every cache by its own name. */
    public static final SlabOptions LIBRARY = new SlabOptions(
            SizeClasses.DENSE, false, false, false, false, SlabEngineKind.CPU_SLAB, null, 0x6d6d346a, null);

    /**
     * Checked options.
     *
     * @throws IllegalArgumentException when {@code debug} has unknown letters
     */
    public SlabOptions {
        if (debug != null) {
            SlabDebugOptions.parse(debug);
        }
    }

    /** The same with other classes of kmalloc. */
    public SlabOptions withSizes(SizeClasses next) {
        return new SlabOptions(
                next, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, engine, debug, seed, stock);
    }

    /** The same with random copies of the caches of kmalloc, or without. */
    public SlabOptions withRandomCopies(boolean next) {
        return new SlabOptions(sizes, next, merges, hardensFreelists, shufflesFreelists, engine, debug, seed, stock);
    }

    /** The same with or without merging. */
    public SlabOptions withMerging(boolean next) {
        return new SlabOptions(
                sizes, hasRandomCopies, next, hardensFreelists, shufflesFreelists, engine, debug, seed, stock);
    }

    /** The same with freelists disguised and shuffled, or not. */
    public SlabOptions withFreelists(boolean hardened, boolean shuffled) {
        return new SlabOptions(sizes, hasRandomCopies, merges, hardened, shuffled, engine, debug, seed, stock);
    }

    /** The same with another engine. */
    public SlabOptions withEngine(SlabEngineKind next) {
        return new SlabOptions(
                sizes, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, next, debug, seed, stock);
    }

    /** The same with other checks, {@code "FZPU"} for the usual ones on all caches; null: none. */
    public SlabOptions withDebug(@Nullable String next) {
        return new SlabOptions(
                sizes, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, engine, next, seed, stock);
    }

    /** The same with another seed. */
    public SlabOptions withSeed(long next) {
        return new SlabOptions(
                sizes, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, engine, debug, next, stock);
    }

    /** The same with a slab engine of one's own, for kmalloc and all caches without checks; null: with {@link #engine}. */
    public SlabOptions withStock(ObjectStock.@Nullable Maker next) {
        return new SlabOptions(
                sizes, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, engine, debug, seed, next);
    }
}
