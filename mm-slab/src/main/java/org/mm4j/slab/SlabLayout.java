package org.mm4j.slab;

import org.mm4j.api.PageFrame;

/**
 * How a cache lays its objects out, and how many it keeps where. Bytes where nothing else is said. An immutable result
 * of {@link #of}; the same request has the same layout always.
 *
 * <pre>
 *   slab     | slot 0 | slot 1 | ... | slot objectsPerSlab - 1 | rest |        4096 &lt;&lt; order bytes
 *
 *   slot     | left red zone | object | right red zone, free pointer, users, original size, guard, padding |
 *            0          redLeftPad                                                                        size
 *
 *   object   | what the caller has | right red zone | free pointer | 2 users | original size | padding |
 *            0               objectSize           inuse      userOffset()             metadataEnd()
 * </pre>
 *
 * Offsets count from the object, not from the slot. Everything behind {@code inuse} exists only when flags ask for it;
 * an ordinary cache keeps the free pointer inside the object, which nobody uses while it is free.
 *
 * <p>In Linux 6.18: mm/slub.c, calculate_sizes(), the fields of struct kmem_cache. Differs: {@code freePointerOffset}
 * inside the object is accepted for constructors too, as in later kernels.
 *
 * @param request what it follows from
 * @param objectSize bytes that the caller may use
 * @param size from one object to the next
 * @param inuse end of the object and its right red zone
 * @param freePointerOffset where a free object holds the link to the next one; inside the object, or at {@code inuse}
 * @param redLeftPad from the slot's begin to the object
 * @param align what every object's offset in the slab is a multiple of; 8 or more
 * @param order order of the blocks that become slabs
 * @param minOrder the order that is tried when blocks of {@code order} are short
 * @param objectsPerSlab objects of a slab of {@code order}, 1 to 32767
 * @param minOrderObjects objects of a slab of {@code minOrder}, 1 or more
 * @param minPartial empty slabs stay on a node's partial list until it is this long, 5 to 10 slabs
 * @param cpuPartialObjects free objects that a CPU keeps on its own partial list; 0 for debug caches, which have none
 * @param cpuPartialSlabs the same as slabs, taken as half full
 * @param sheafCapacity objects of a sheaf, where the engine has sheaves; 0 for debug caches, which have none
 */
public record SlabLayout(
        SlabRequest request,
        int objectSize,
        int size,
        int inuse,
        int freePointerOffset,
        int redLeftPad,
        int align,
        int order,
        int minOrder,
        int objectsPerSlab,
        int minOrderObjects,
        int minPartial,
        int cpuPartialObjects,
        int cpuPartialSlabs,
        int sheafCapacity) {
    /** Bytes of a free pointer, and of all that is aligned like one. */
    public static final int WORD_BYTES = 8;
    /** Bytes in which a debug cache remembers one user: address, stack, CPU, process, time. */
    public static final int USER_BYTES = 32;
    /** What {@link #userOffset} and {@link #originalSizeOffset} are when there is no such thing. */
    public static final int NONE = -1;

    /**
     * The layout for a request.
     *
     * @throws IllegalArgumentException when no block is large enough for one object
     */
    public static SlabLayout of(SlabRequest request) {
        return LayoutRules.layout(request);
    }

    /** The cache's flags. */
    public int flags() {
        return request.flags();
    }

    /** Where object {@code index} of a slab begins, from the slab's begin. No check: 0 to objectsPerSlab - 1. */
    public int objectOffset(int index) {
        return index * size + redLeftPad;
    }

    /** Whether the link of a free object lies behind the object, so that the object's own bytes stay as they are. */
    public boolean isFreePointerOutside() {
        return freePointerOffset >= inuse;
    }

    /**
     * Whether free objects are filled with a pattern: those with a constructor, or that readers still look at, are not.
     * In Linux 6.18: mm/slub.c, __OBJECT_POISON.
     */
    public boolean poisonsObjects() {
        return SlabFlags.has(flags(), SlabFlags.SLAB_POISON)
                && !SlabFlags.has(flags(), SlabFlags.SLAB_TYPESAFE_BY_RCU)
                && !request.hasCtor();
    }

    /** Where the last allocation's user is remembered, and {@link #USER_BYTES} later the last free's; or {@link #NONE}. */
    public int userOffset() {
        return SlabFlags.has(flags(), SlabFlags.SLAB_STORE_USER) ? infoEnd() : NONE;
    }

    /** Where the size is remembered that kmalloc was asked for; or {@link #NONE}. */
    public int originalSizeOffset() {
        return SlabFlags.keepsOriginalSize(flags()) ? infoEnd() + 2 * USER_BYTES : NONE;
    }

    /** Where all that is kept with an object ends; from here to the next slot there is padding. */
    public int metadataEnd() {
        return infoEnd() + LayoutRules.userBytes(flags());
    }

    /** Bytes of a slab that no slot covers. */
    public int restBytes() {
        return (PageFrame.PAGE_SIZE << order) - objectsPerSlab * size;
    }

    private int infoEnd() {
        return isFreePointerOutside() ? inuse + WORD_BYTES : inuse;
    }
}
