package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * How many bytes of an object its owner may use, and how many of them he asked for. Of one cache.
 *
 * <pre>
 *   0             original                     usable
 *   | asked for   | red zone, if there is one  |           a cache of kmalloc that stores users
 *   | asked for                                |           any other: the original size is all
 * </pre>
 *
 * <p>All methods may be called by any thread; those that name an object refuse one that nobody has. In Linux 6.18:
 * mm/slub.c, get_orig_size(), set_orig_size(), slab_ksize(), skip_orig_size_check().
 */
final class ObjectSizes {
    private final KmemCache cache;
    private final SlabLayout layout;

    /** Null, when original sizes are not kept. */
    private final @Nullable DebugEngine debug;

    ObjectSizes(KmemCache cache, @Nullable DebugEngine debug) {
        this.cache = cache;
        layout = cache.layout();
        this.debug = layout.originalSizeOffset() == SlabLayout.NONE ? null : debug;
    }

    /** Whether each object remembers how many bytes of it were asked for. */
    boolean areKept() {
        return debug != null;
    }

    /** Whether bytes that were not asked for are a red zone. */
    boolean haveRedZones() {
        return debug != null && SlabFlags.has(layout.flags(), SlabFlags.SLAB_RED_ZONE);
    }

    /** How many bytes the owner of an object asked for; all of them where that is not remembered. */
    int original(Slab slab, long address) {
        int object = owned(slab, address);
        return debug == null ? cache.objectSize() : debug.originalSize(slab, object);
    }

    /** {@link #original} of an object that was claimed. */
    int originalOfClaimed(Slab slab, int object) {
        return debug == null ? cache.objectSize() : debug.originalSize(slab, object);
    }

    /**
     * Says how many bytes of an object its owner asked for; the others become a red zone that tells whether he writes to
     * them. Nothing happens in caches that do not remember it. Who makes an object larger in its place calls this first,
     * and writes to it afterwards.
     */
    void setOriginal(Slab slab, long address, int bytes) {
        if (debug == null) {
            return;
        }
        int object = owned(slab, address);
        if (bytes < 0 || bytes > layout.objectSize()) {
            throw new IllegalArgumentException("of " + layout.objectSize() + " bytes of " + cache.name()
                    + " one may ask for 0 to " + layout.objectSize() + ", not " + bytes);
        }
        debug.setOriginalSize(slab, object, bytes);
    }

    /** Makes all bytes of an object its owner's, so that none of them is a red zone any more. */
    void claimAll(Slab slab, int object) {
        if (debug != null) {
            debug.setOriginalSize(slab, object, layout.objectSize());
        }
    }

    /** Bytes that the owner of an object may use from now on; he is told, so none of them is a red zone any more. */
    int tell(Slab slab, long address) {
        claimAll(slab, owned(slab, address));
        return usable();
    }

    /** Bytes of every object that its owner may use, when he is told. Differs: objects whose link lies behind end there. */
    int usable() {
        SlabLayout here = cache.layout(); // of merged caches it may have changed
        if (SlabFlags.hasAny(here.flags(), SlabFlags.SLAB_RED_ZONE | SlabFlags.SLAB_POISON)) {
            return here.objectSize();
        }
        boolean endsEarly = here.isFreePointerOutside() || SlabFlags.has(here.flags(), SlabFlags.SLAB_STORE_USER);
        return endsEarly ? here.inuse() : here.size();
    }

    private int owned(Slab slab, long address) {
        int object = slab.cache == cache ? cache.memory().number(slab, address) : 0;
        if (object == 0 || !slab.isAllocated(object)) {
            throw cache.reports().bad(address, slab);
        }
        return object;
    }
}
