package org.mm4j.slab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.MemoryAccounting;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;

/**
 * The slab allocator: caches of equal objects in pages of a page allocator.
 *
 * <p>All methods may be called by any thread.
 *
 * <p>In Linux 6.18: mm/slub.c, mm/slab_common.c.
 */
public final class SlabAllocator implements AutoCloseable {
    private final SlabParts parts;
    private final CacheRegistry registry;

    /**
     * An allocator without caches.
     *
     * @param pages whose frame n lies at byte n · 4096 of {@code memory}
     */
    public SlabAllocator(PageAllocator pages, PhysicalMemory memory, SlabConfig config) {
        parts = new SlabParts(pages, memory, config, new SlabFrames(memory), new SlabRandom(config.seed()));
        registry = new CacheRegistry(parts);
    }

    // Caches.

    /**
     * Makes a cache, or finds one whose objects are alike and shares it: then the name is another one, and both users
     * destroy it.
     *
     * @param name need not be new, but then there is a warning
     * @param objectSize bytes of an object, 1 to 4 MiB
     * @param args what is unusual about it
     * @return null, with a warning in the log, when flags or sizes are bad
     * @throws IllegalStateException instead, where SLAB_PANIC is set
     */
    public @Nullable KmemCache kmemCacheCreate(String name, int objectSize, KmemCacheArgs args) {
        return registry.create(name, objectSize, args);
    }

    /** {@link #kmemCacheCreate(String, int, KmemCacheArgs)} with an alignment, 0 for any, and flags. */
    public @Nullable KmemCache kmemCacheCreate(String name, int objectSize, int align, int flags) {
        return registry.create(
                name, objectSize, KmemCacheArgs.NONE.withAlign(align).withFlags(flags));
    }

    /** All caches, newest first. */
    public List<KmemCache> caches() {
        return registry.caches();
    }

    /** The cache with a name, also one that was merged into another one; of several with the same name the newest. */
    public Optional<KmemCache> find(String name) {
        return registry.find(name);
    }

    /** The cache whose object begins at {@code address} or holds it; null when no slab does. In Linux: virt_to_cache(). */
    public @Nullable KmemCache cacheOf(long address) {
        Slab slab = parts.frames().find(address);
        return slab == null ? null : slab.cache;
    }

    /**
     * Gives the first {@code count} of {@code objects}, of any caches, back; all of them or, when one is refused, none. In
     * Linux: kfree_bulk().
     *
     * @throws BadObjectException when one of them is not an object that is allocated, or stands there twice
     */
    public void freeBulk(long[] objects, int count) {
        DetachedFreelists.free(parts.frames(), null, objects, count);
    }

    /**
     * Charges an object that was taken without being charged to whom the calling thread belongs to. One that is charged
     * already, or that nobody is to pay for, is left as it is. In Linux: kmem_cache_charge().
     *
     * @param gfp flags of {@link org.mm4j.api.Gfp}: what is allowed to make room
     * @return false when there is no room: the object stays the caller's, and is not charged
     * @throws BadObjectException when no object that somebody has begins there; large requests of kmalloc are none
     */
    public boolean charge(long address, int gfp) {
        Slab slab = parts.frames().find(address);
        int object = slab == null ? 0 : slab.cache.memory().number(slab, address);
        if (slab == null || object == 0 || slab.isFree(object)) {
            throw new BadObjectException(
                    address, "0x" + Long.toHexString(address) + " is charged, but no object in use begins there");
        }
        MemoryAccounting accounting = parts.config().accounting();
        return accounting == null
                || ChargedEngine.charge(slab, object, parts.config().context().effective(gfp), accounting);
    }

    // Looking.

    /** All caches at this moment, newest first. Racy. */
    public List<KmemCacheSnapshot> snapshot() {
        return registry.snapshot();
    }

    /** Pages of the slabs on node {@code nid}, with objects or without. Walks the frames' table; racy. */
    public SlabPageCounts pages(int nid) {
        long[] counts = new long[2];
        parts.frames().forEachSlab(slab -> {
            if (slab.node == nid) {
                boolean isReclaimable = SlabFlags.has(slab.cache.layout().flags(), SlabFlags.SLAB_RECLAIM_ACCOUNT);
                counts[isReclaimable ? 1 : 0] += 1L << slab.order;
            }
        });
        return new SlabPageCounts(counts[1], counts[0]);
    }

    /** Pages of slabs that are gone, but that readers may still look at. Racy. */
    public long pagesWaiting() {
        return parts.frames().pagesWaiting();
    }

    /** How many objects callers have, of all caches. Walks all slabs; exact only while nobody else calls. */
    public long objectsInUse() {
        long[] objects = new long[1];
        parts.frames().forEachSlab(slab -> objects[0] += slab.allocated());
        return objects[0];
    }

    /**
     * Walks all slabs, lists and freelists, and says what is broken, one sentence each. Exact only while nobody else calls;
     * it changes nothing.
     */
    public List<String> validate() {
        List<String> findings = new ArrayList<>();
        for (KmemCache cache : registry.caches()) {
            findings.addAll(new SlabCheck(parts.frames(), cache).findings());
        }
        return findings;
    }

    /**
     * Gives the pages of all slabs back, those with live objects too, after a warning. Nobody may call any more, and nothing
     * waits for a grace period: {@link Kmalloc#close} comes first. Closing twice is allowed.
     */
    @Override
    public void close() {
        registry.caches().forEach(registry::close);
    }

    /** The caches, for kmalloc. */
    CacheRegistry registry() {
        return registry;
    }

    /** The parts, for kmalloc and for tests in this package. */
    SlabParts parts() {
        return parts;
    }
}
