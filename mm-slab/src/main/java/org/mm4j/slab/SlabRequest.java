package org.mm4j.slab;

import org.mm4j.api.PageFrame;

/**
 * What somebody wants of a cache: everything from which its {@link SlabLayout} follows. Bytes throughout.
 *
 * <p>In Linux 6.18: include/linux/slab.h, struct kmem_cache_args, and the arguments of kmem_cache_create(). Differs: what
 * the kernel warns about or gets wrong is refused.
 *
 * @param objectSize bytes of an object, 1 or more
 * @param align what the objects' addresses are multiples of: a power of two up to 4 MiB; 0 and 1 leave it to the cache
 * @param flags {@link SlabFlags}, those that a user wants for debugging included
 * @param hasCtor whether objects are constructed when their slab is made, and stay so while they are free
 * @param freePointerOffset where in a free object the link to the next one lies, 8 bytes at a multiple of 8 inside the object; only
 *     for caches with a constructor or with SLAB_TYPESAFE_BY_RCU, whose free objects are not to be written elsewhere;
 *     {@link #COMPUTED}: the cache finds a place
 * @param sheafCapacity objects that a sheaf holds at least, 0 to 32768; 0: the cache decides
 * @param hasUsercopy whether part of the object may be copied to and from user space
 * @param settings what all caches have in common
 */
public record SlabRequest(
        int objectSize,
        int align,
        int flags,
        boolean hasCtor,
        int freePointerOffset,
        int sheafCapacity,
        boolean hasUsercopy,
        SlabSettings settings) {
    /** For {@link #freePointerOffset}: where the cache finds a place for it. */
    public static final int COMPUTED = -1;

    /** The largest alignment: that of the largest block. */
    public static final int ALIGN_MAX = PageFrame.PAGE_SIZE << PageFrame.MAX_PAGE_ORDER;

    private static final int SHEAF_MAX = 1 << 15;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public SlabRequest {
        require(objectSize >= 1, "an object has at least 1 byte, not " + objectSize);
        require(
                align >= 0 && align <= ALIGN_MAX && (align & (align - 1)) == 0,
                "an alignment is 0 or a power of two up to " + ALIGN_MAX + ", not " + align);
        require(
                SlabFlags.unknown(flags) == 0,
                "no flag of a cache has the bits 0x" + Integer.toHexString(SlabFlags.unknown(flags)));
        require(
                sheafCapacity >= 0 && sheafCapacity <= SHEAF_MAX,
                "a sheaf holds 0 to " + SHEAF_MAX + " objects, not " + sheafCapacity);
        if (freePointerOffset != COMPUTED) {
            require(
                    hasCtor || SlabFlags.has(flags, SlabFlags.SLAB_TYPESAFE_BY_RCU),
                    "only a cache with a constructor or with SLAB_TYPESAFE_BY_RCU has a say where its free pointers "
                            + "lie, but " + freePointerOffset + " is given");
            require(
                    freePointerOffset >= 0
                            && freePointerOffset <= objectSize - SlabLayout.WORD_BYTES
                            && freePointerOffset % SlabLayout.WORD_BYTES == 0,
                    "the 8 bytes of a free pointer lie at a multiple of 8 inside the object of " + objectSize
                            + " bytes, not at " + freePointerOffset);
        }
    }

    /** A cache for objects of this size, with nothing special about it. */
    public static SlabRequest of(int objectSize, SlabSettings settings) {
        return new SlabRequest(objectSize, 0, 0, false, COMPUTED, 0, false, settings);
    }

    /** The same with another alignment. */
    public SlabRequest withAlign(int align) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    /** The same with these flags and no others. */
    public SlabRequest withFlags(int flags) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    /** The same with or without a constructor. */
    public SlabRequest withCtor(boolean hasCtor) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    /** The same with the free pointer at this place. */
    public SlabRequest withFreePointerOffset(int freePointerOffset) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    /** The same with sheaves of at least this many objects. */
    public SlabRequest withSheafCapacity(int sheafCapacity) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    /** The same with or without a part that may be copied to and from user space. */
    public SlabRequest withUsercopy(boolean hasUsercopy) {
        return new SlabRequest(
                objectSize, align, flags, hasCtor, freePointerOffset, sheafCapacity, hasUsercopy, settings);
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
