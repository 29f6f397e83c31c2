package org.mm4j.slab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.KernelLog;

/**
 * The caches of an allocator, newest first, and their users. Caches come and go under one lock, behind which all others
 * stand.
 *
 * <p>In Linux 6.18: {@code slab_caches} and {@code slab_mutex} of mm/slab_common.c.
 */
final class CacheRegistry {
    private static final int LIVE_REPORTED = 32;

    private final ReentrantLock mutex = new ReentrantLock();
    private final SlabParts parts;
    private final CacheRules rules;
    private final KernelLog log;
    private final List<CacheEntry> entries = new ArrayList<>();

    /** Waits for what is on its way to a cache; holding no lock. */
    private volatile Runnable beforeDestroy = () -> {};

    CacheRegistry(SlabParts parts) {
        this.parts = parts;
        rules = new CacheRules(parts.config());
        log = parts.config().log();
    }

    // Creating.

    /** A new cache, or an alike one that gets one user more; null, with a warning, when it cannot be. */
    @Nullable
    KmemCache create(String name, int objectSize, KmemCacheArgs asked) {
        mutex.lock();
        try {
            warnAboutName(name);
            KmemCacheArgs args = rules.fit(name, objectSize, asked);
            String reason = CacheRules.refusal(name, objectSize, args);
            if (reason == null) {
                return shareOrMake(name, objectSize, args);
            }
            rules.tellFailure(name, args, reason);
            return null;
        } finally {
            mutex.unlock();
        }
    }

    private void warnAboutName(String name) {
        if (entries.stream().anyMatch(entry -> entry.cache().name().equals(name))) {
            log.warn("kmem_cache of name '" + name + "' already exists");
        }
        if (name.indexOf(' ') >= 0) {
            log.warn("kmem_cache of name '" + name + "' has a space in its name");
        }
    }

    private @Nullable KmemCache shareOrMake(String name, int objectSize, KmemCacheArgs args) {
        SlabRequest request;
        SlabLayout layout;
        try {
            request = rules.request(name, objectSize, args);
            CacheEntry alike = parts.config().merges() ? alike(request) : null;
            if (alike != null) {
                return alike.addAlias(name, request);
            }
            layout = SlabLayout.of(request);
        } catch (IllegalArgumentException bad) {
            rules.tellFailure(name, args, String.valueOf(bad.getMessage()));
            return null;
        }
        KmemCache cache = TracedKmemCache.concerns(layout, parts.config())
                ? new TracedKmemCache(name, layout, args, parts, this)
                : new KmemCache(name, layout, args, parts, this);
        entries.addFirst(new CacheEntry(cache));
        return cache;
    }

    /** The oldest cache that will do. */
    private @Nullable CacheEntry alike(SlabRequest request) {
        for (CacheEntry entry : entries.reversed()) {
            if (CacheMerge.serves(entry.cache().layout(), request)) {
                return entry;
            }
        }
        return null;
    }

    // Destroying.

    /** Has a task run before a cache is destroyed, behind those that are known already. */
    void addBeforeDestroy(Runnable task) {
        mutex.lock();
        try {
            Runnable before = beforeDestroy;
            beforeDestroy = () -> {
                before.run();
                task.run();
            };
        } finally {
            mutex.unlock();
        }
    }

    /** Makes a cache stay until the end of the allocator. */
    void keep(KmemCache cache) {
        mutex.lock();
        try {
            CacheEntry entry = entry(cache);
            if (entry != null) {
                entry.keep();
            }
        } finally {
            mutex.unlock();
        }
    }

    /** See {@link KmemCache#destroy}. */
    DestroyReport destroy(KmemCache cache) {
        beforeDestroy.run();
        mutex.lock();
        try {
            CacheEntry entry = entry(cache);
            if (entry == null) {
                throw new IllegalStateException("cache " + cache.name() + " has been destroyed");
            }
            if (entry.isKept()) {
                throw new IllegalStateException("cache " + cache.name() + " is one of kmalloc's, and stays");
            }
            if (entry.users() == 1) {
                if (!isEnded(cache)) {
                    return stillUsed(cache);
                }
                entries.remove(entry);
            }
            entry.removeUser();
            return DestroyReport.DESTROYED;
        } finally {
            mutex.unlock();
        }
    }

    /** Gives all slabs back; when some are left, or something is thrown, the cache is as it was. */
    private static boolean isEnded(KmemCache cache) {
        boolean isEnded = false;
        cache.setDestroyed(true); // first: whoever still allocates makes no slab behind our back
        try {
            isEnded = !cache.giveBackSlabs();
        } finally {
            if (!isEnded) {
                cache.setDestroyed(false);
            }
        }
        return isEnded;
    }

    /** Drops a cache whatever its users say, and gives the pages of slabs back that still have objects. */
    void close(KmemCache cache) {
        mutex.lock();
        try {
            cache.setDestroyed(true);
            if (cache.giveBackSlabs()) {
                stillUsed(cache);
                parts.frames().forEachSlab(slab -> {
                    if (slab.cache == cache) {
                        cache.slabs().abandon(slab);
                    }
                });
            }
            entries.removeIf(entry -> entry.cache() == cache);
        } finally {
            mutex.unlock();
        }
    }

    private DestroyReport stillUsed(KmemCache cache) {
        LiveObjects live = new LiveObjects(parts.frames(), cache, LIVE_REPORTED);
        if (live.count() == 0) {
            log.warn(
                    "kmem_cache_destroy " + cache.name()
                            + ": a call is under way, and has a slab; no objects are live, and it can be destroyed when that ends");
            return new DestroyReport(false, 0, List.of());
        }
        log.warn("kmem_cache_destroy " + cache.name() + ": Slab cache still has objects");
        log.warn("Objects remaining on __kmem_cache_shutdown(): " + live.count() + " of " + cache.name());
        for (long address : live.addresses()) {
            log.warn("Object 0x" + Long.toHexString(address));
        }
        return new DestroyReport(false, live.count(), live.addresses());
    }

    private @Nullable CacheEntry entry(KmemCache cache) {
        for (CacheEntry entry : entries) {
            if (entry.cache() == cache) {
                return entry;
            }
        }
        return null;
    }

    // Looking.

    /** All caches, newest first. */
    List<KmemCache> caches() {
        mutex.lock();
        try {
            return entries.stream().map(CacheEntry::cache).toList();
        } finally {
            mutex.unlock();
        }
    }

    /** The newest cache with a name or an alias. */
    Optional<KmemCache> find(String name) {
        mutex.lock();
        try {
            return entries.stream()
                    .filter(entry -> entry.isCalled(name))
                    .map(CacheEntry::cache)
                    .findFirst();
        } finally {
            mutex.unlock();
        }
    }

    /** All caches at this moment, newest first. */
    List<KmemCacheSnapshot> snapshot() {
        mutex.lock();
        try {
            return entries.stream().map(CacheEntry::snapshot).toList();
        } finally {
            mutex.unlock();
        }
    }

    KmemCacheSnapshot snapshot(KmemCache cache) {
        mutex.lock();
        try {
            CacheEntry entry = entry(cache);
            return (entry == null ? new CacheEntry(cache) : entry).snapshot();
        } finally {
            mutex.unlock();
        }
    }
}
