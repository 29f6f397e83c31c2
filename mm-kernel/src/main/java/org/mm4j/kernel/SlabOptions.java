package org.mm4j.kernel;

import org.mm4j.slab.SizeClasses;
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
 */
public record SlabOptions(
        SizeClasses sizes,
        boolean hasRandomCopies,
        boolean merges,
        boolean hardensFreelists,
        boolean shufflesFreelists,
        SlabEngineKind engine) {
    /** As distributions build their kernels. */
    public static final SlabOptions DEFAULT =
            new SlabOptions(SizeClasses.LINUX, false, true, true, true, SlabEngineKind.CPU_SLAB);

    /** The same with other classes of kmalloc. */
    public SlabOptions withSizes(SizeClasses next) {
        return new SlabOptions(next, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, engine);
    }

    /** The same with random copies of the caches of kmalloc, or without. */
    public SlabOptions withRandomCopies(boolean next) {
        return new SlabOptions(sizes, next, merges, hardensFreelists, shufflesFreelists, engine);
    }

    /** The same with or without merging. */
    public SlabOptions withMerging(boolean next) {
        return new SlabOptions(sizes, hasRandomCopies, next, hardensFreelists, shufflesFreelists, engine);
    }

    /** The same with freelists disguised and shuffled, or not. */
    public SlabOptions withFreelists(boolean hardened, boolean shuffled) {
        return new SlabOptions(sizes, hasRandomCopies, merges, hardened, shuffled, engine);
    }

    /** The same with another engine. */
    public SlabOptions withEngine(SlabEngineKind next) {
        return new SlabOptions(sizes, hasRandomCopies, merges, hardensFreelists, shufflesFreelists, next);
    }
}
