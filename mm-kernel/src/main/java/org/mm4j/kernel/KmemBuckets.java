package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmallocType;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SizeClasses;
import org.mm4j.slab.SlabFlags;

/**
 * Size classes of kmalloc for one user, so that its objects never lie in one slab with those of others. What is too large for
 * a class is a block of pages, as in {@link Kmalloc}. {@link Kmalloc#kfree} and {@link Kvmalloc#kvfree} give memory back.
 *
 * <p>Any thread may call it. In Linux 6.18: mm/slab_common.c, kmem_buckets_create(). Differs: they can be destroyed.
 */
public final class KmemBuckets implements AutoCloseable {
    private final String name;
    private final SizeClasses sizes;
    private final Kmalloc kmalloc;
    private final Kvmalloc kvmalloc;

    /** By the index of the class; 0 is none. */
    private final KmemCache[] caches;

    private KmemBuckets(String name, KernelParts parts, KmemCache[] caches) {
        this.name = name;
        sizes = parts.config.slab().sizes();
        kmalloc = parts.kmalloc;
        kvmalloc = parts.kvmalloc;
        this.caches = caches;
    }

    static KmemBuckets create(
            KernelParts parts, String name, int flags, int useroffset, int usersize, @Nullable LongConsumer ctor) {
        if (useroffset < 0 || usersize < 0) {
            throw new IllegalArgumentException(
                    "the part for user space begins at 0 or later and has 0 bytes or more, not " + usersize
                            + " bytes at " + useroffset);
        }
        SizeClasses sizes = parts.config.slab().sizes();
        KmemCache[] caches = new KmemCache[sizes.count() + 1];
        for (int index = 1; index < caches.length; index++) {
            int bytes = sizes.size(index);
            int userBytes = useroffset >= bytes ? 0 : Math.min(bytes - useroffset, usersize);
            KmemCacheArgs args = KmemCacheArgs.NONE
                    .withAlign(sizes.align(index))
                    .withFlags(flags | SlabFlags.SLAB_NO_MERGE)
                    .withUsercopy(userBytes == 0 ? 0 : useroffset, userBytes)
                    .withCtor(ctor);
            KmemCache cache = parts.slab.kmemCacheCreate(name + suffix(sizes, index), bytes, args);
            if (cache == null) {
                new KmemBuckets(name, parts, caches).close();
                throw new IllegalStateException("there is no cache " + name + suffix(sizes, index) + ", see the log");
            }
            caches[index] = cache;
        }
        return new KmemBuckets(name, parts, caches);
    }

    /** As that of kmalloc's own cache: {@code -1k}. */
    private static String suffix(SizeClasses sizes, int index) {
        String own = sizes.name(KmallocType.NORMAL, index);
        return own.substring(own.lastIndexOf('-'));
    }

    /** Takes memory as {@link Kmalloc#kmalloc} does. In Linux: kmem_buckets_alloc(). */
    public long alloc(long bytes, int gfp) {
        int index = sizes.index(bytes);
        return index == 0 ? kmalloc.kmalloc(bytes, gfp) : caches[index].alloc(gfp);
    }

    /** Takes memory as {@link Kvmalloc#kvmalloc} does. In Linux: kmem_buckets_valloc(). */
    public long valloc(long bytes, int gfp) {
        int index = sizes.index(bytes);
        long address = index == 0 ? 0 : caches[index].alloc(bytes > 4096 ? gfp | Gfp.__GFP_NOWARN : gfp);
        return address != 0 ? address : kvmalloc.kvmalloc(bytes, gfp);
    }

    /** The caches, by size class. */
    public List<KmemCache> caches() {
        List<KmemCache> all = new ArrayList<>();
        for (KmemCache cache : caches) {
            if (cache != null) {
                all.add(cache);
            }
        }
        return all;
    }

    /** Destroys the caches; those that have objects in use stay, and are told to the log. */
    @Override
    public void close() {
        caches().forEach(KmemCache::destroy);
    }

    @Override
    public String toString() {
        return "buckets " + name;
    }
}
