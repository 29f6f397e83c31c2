package org.mm4j.slab;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What is unusual about a cache. Immutable; the {@code with…} methods return changed copies. Bytes where nothing else is
 * said.
 *
 * <p>In Linux 6.18: {@code struct kmem_cache_args}.
 *
 * @param align what the objects' addresses are multiples of: a power of two; 0: the cache decides
 * @param flags of {@link SlabFlags}
 * @param ctor is called once for the address of each object when its slab is made; objects are freed in the state in
 *     which it leaves them. It takes no locks and no objects of its own cache. Null: none
 * @param usercopyOffset where the part of an object begins that may be copied to and from user space
 * @param usercopySize how long that part is; 0: there is none
 * @param freePointerOffset where in a free object its link lies; {@link SlabRequest#COMPUTED}: the cache decides
 * @param sheafCapacity objects of a sheaf, at least; 0: the cache decides
 */
public record KmemCacheArgs(
        int align,
        int flags,
        @Nullable LongConsumer ctor,
        int usercopyOffset,
        int usercopySize,
        int freePointerOffset,
        int sheafCapacity) {
    /** Nothing is unusual. */
    public static final KmemCacheArgs NONE = new KmemCacheArgs(0, 0, null, 0, 0, SlabRequest.COMPUTED, 0);

    /** The same with another alignment. */
    public KmemCacheArgs withAlign(int next) {
        return new KmemCacheArgs(next, flags, ctor, usercopyOffset, usercopySize, freePointerOffset, sheafCapacity);
    }

    /** The same with other flags. */
    public KmemCacheArgs withFlags(int next) {
        return new KmemCacheArgs(align, next, ctor, usercopyOffset, usercopySize, freePointerOffset, sheafCapacity);
    }

    /** The same with a constructor. */
    public KmemCacheArgs withCtor(@Nullable LongConsumer next) {
        return new KmemCacheArgs(align, flags, next, usercopyOffset, usercopySize, freePointerOffset, sheafCapacity);
    }

    /** The same with a part that may be copied to and from user space. */
    public KmemCacheArgs withUsercopy(int offset, int bytes) {
        return new KmemCacheArgs(align, flags, ctor, offset, bytes, freePointerOffset, sheafCapacity);
    }

    /** The same with the links of free objects at a given place. */
    public KmemCacheArgs withFreePointerOffset(int next) {
        return new KmemCacheArgs(align, flags, ctor, usercopyOffset, usercopySize, next, sheafCapacity);
    }

    /** The same with sheaves of at least so many objects. */
    public KmemCacheArgs withSheafCapacity(int next) {
        return new KmemCacheArgs(align, flags, ctor, usercopyOffset, usercopySize, freePointerOffset, next);
    }
}
