package org.mm4j.slab;

/** What somebody wants of a cache. The geometry work replaces this file. */
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

    /** Checks the size. */
    public SlabRequest {
        if (objectSize < 1 || (freePointerOffset != COMPUTED && freePointerOffset % 8 != 0)) {
            throw new IllegalArgumentException("an object has at least 1 byte, not " + objectSize);
        }
    }
}
