package org.mm4j.slab;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.KernelLog;

/**
 * Which caches can be made, and what whoever asks for another one is told.
 *
 * <p>In Linux 6.18: mm/slab_common.c, kmem_cache_sanity_check(), the beginning and the end of __kmem_cache_create_args().
 */
final class CacheRules {
    private static final int EINVAL = -22;
    private static final int OBJECT_BYTES_MAX = 4 << 20;

    private final SlabConfig config;
    private final KernelLog log;

    CacheRules(SlabConfig config) {
        this.config = config;
        log = config.log();
    }

    /** What is wrong with a request; null for nothing. */
    static @Nullable String refusal(String name, int objectSize, KmemCacheArgs args) {
        if (name.isEmpty() || objectSize > OBJECT_BYTES_MAX) {
            return "integrity check failed: the name is empty or the object larger than " + OBJECT_BYTES_MAX + " bytes";
        }
        if ((args.flags() & ~SlabFlags.SLAB_FLAGS_PERMITTED) != 0) {
            return "flags " + SlabFlags.format(args.flags()) + " are not permitted";
        }
        return null;
    }

    /** The arguments as they will be: a bad part for user space is none, which is logged. */
    KmemCacheArgs fit(String name, int objectSize, KmemCacheArgs asked) {
        int offset = asked.usercopyOffset();
        int bytes = asked.usercopySize();
        boolean isBad = offset < 0
                || bytes < 0
                || (bytes == 0 && offset != 0)
                || (long) offset + bytes > Math.max(objectSize, 0);
        if (isBad) {
            log.warn("kmem_cache_create(" + name + "): bytes " + offset + " to " + ((long) offset + bytes)
                    + " are no part of an object of " + objectSize + "; none of it can be copied to user space");
        }
        return isBad ? asked.withUsercopy(0, 0) : asked;
    }

    /** The request for the layout, with the debug flags that the configuration adds. */
    SlabRequest request(String name, int objectSize, KmemCacheArgs args) {
        SlabDebugOptions debug = config.slabDebug();
        SlabRequest request = new SlabRequest(
                objectSize,
                args.align(),
                debug.flagsFor(name, args.flags()),
                args.ctor() != null,
                args.freePointerOffset(),
                args.sheafCapacity(),
                args.usercopySize() > 0,
                config.settings());
        return debug.fit(request);
    }

    /**
     * Says in the log why there is no cache.
     *
     * @throws IllegalStateException with SLAB_PANIC
     */
    void tellFailure(String name, KmemCacheArgs args, String reason) {
        if (SlabFlags.has(args.flags(), SlabFlags.SLAB_PANIC)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT, "kmem_cache_create: Failed to create slab '%s'. Error %d (%s)", name, EINVAL, reason));
        }
        log.warn("kmem_cache_create(" + name + ") failed with error " + EINVAL + ": " + reason);
    }
}
