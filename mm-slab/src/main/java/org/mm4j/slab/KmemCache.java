package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.ObjectCache;

/**
 * A cache of equal objects. An object is named by its address in the direct map; 0 is no object.
 *
 * <p>All methods may be called by any thread, virtual ones too; those of single objects allocate no Java heap. A call that
 * names an object which is not allocated from this cache is refused with a {@link BadObjectException}, and changes
 * nothing; of two threads that free the same object at the same time, one is refused.
 *
 * <p>In Linux 6.18: {@code struct kmem_cache}, include/linux/slab.h. Differs: bad pointers are refused where the kernel
 * corrupts its freelists or, in debug modes, leaks the object.
 */
public sealed class KmemCache implements ObjectCache permits TracedKmemCache {
    private final String name;
    private final SlabFrames frames;
    private final CacheRegistry registry;
    private final GfpContext context;
    private final ObjectMemory memory;
    private final SlabReports reports;
    private final CacheSlabs slabs;
    private final SlabEngine engine;
    private final ObjectSizes sizes;
    private final @Nullable LongConsumer ctor;
    private final UserCopy userCopy;
    private final CacheTuning tuning;

    /** Of debug caches; null for all others. */
    private final @Nullable ObjectPatterns patterns;

    /** The engine of debug caches, or what is behind it; null for all others. */
    private final @Nullable DebugEngine debug;

    /** Aliases let the caller's part of the object grow; nothing else of it changes. */
    private volatile SlabLayout layout;

    /** Of the layout. */
    private volatile int objectSize;

    private volatile boolean isDestroyed;

    KmemCache(String name, SlabLayout layout, KmemCacheArgs args, SlabParts parts, CacheRegistry registry) {
        this.name = name;
        this.layout = layout;
        this.registry = registry;
        context = parts.config().context();
        frames = parts.frames();
        objectSize = layout.objectSize();
        memory = new ObjectMemory(
                parts.memory(),
                layout,
                parts.config().hardensFreelists(),
                parts.random().next());
        reports = new SlabReports(this, parts.config().log());
        patterns = SlabFlags.isDebug(layout.flags()) ? new ObjectPatterns(layout, memory) : null;
        ctor = args.ctor();
        userCopy = new UserCopy(this, args);
        tuning = new CacheTuning(layout, patterns == null && parts.config().hasCpuSlabs());
        slabs = new CacheSlabs(this, parts, args);
        debug = patterns == null ? null : new DebugEngine(this, patterns, slabs, parts.config());
        engine = EngineChoice.of(this, slabs, parts, debug);
        sizes = new ObjectSizes(this, debug);
    }

    // Allocation.

    /**
     * Takes an object, near the calling thread. Its bytes are those that its last owner left, or what the constructor
     * wrote; with {@link Gfp#__GFP_ZERO} its {@link #objectSize()} bytes are zero.
     *
     * @param gfp flags of {@link Gfp}
     * @return the object's address, or 0 when there is no memory
     * @throws IllegalStateException when the cache has been destroyed
     */
    @Override
    public long alloc(int gfp) {
        long object = engine.alloc(context.effective(gfp), NO_NODE);
        if ((gfp & Gfp.__GFP_ZERO) != 0 && object != 0) {
            memory.zero(object, objectSize);
        }
        return object;
    }

    /** {@link #alloc} of an object whose bytes are zero. */
    public long zalloc(int gfp) {
        return alloc(gfp | Gfp.__GFP_ZERO);
    }

    /**
     * {@link #alloc} that begins at node {@code nid}; with {@link Gfp#__GFP_THISNODE} it stays there.
     *
     * @throws IllegalArgumentException when there is no such node
     */
    public long allocNode(int gfp, int nid) {
        if (nid != NO_NODE && (nid < 0 || nid >= slabs.nodes())) {
            throw new IllegalArgumentException("there are nodes 0 to " + (slabs.nodes() - 1) + ", and no " + nid);
        }
        long object = engine.alloc(context.effective(gfp), nid);
        if ((gfp & Gfp.__GFP_ZERO) != 0 && object != 0) {
            memory.zero(object, objectSize);
        }
        return object;
    }

    /** {@link #allocNode}, or {@link #alloc} of {@link org.mm4j.api.PageAllocator#NO_NODE}, for kmalloc: of so many bytes. */
    long allocSized(int bytes, int gfp, int nid) {
        long object = allocNode(gfp, nid);
        Slab slab = object == 0 || !sizes.areKept() ? null : frames.find(object);
        if (slab != null) {
            sizes.setOriginal(slab, object, bytes);
        }
        return object;
    }

    /**
     * Fills {@code objects} with the addresses of objects, or takes none. In Linux: kmem_cache_alloc_bulk().
     *
     * @return the length of {@code objects}; 0 when there is not memory for all, and then {@code objects} holds zeroes
     */
    @Override
    public int allocBulk(int gfp, long[] objects) {
        Arrays.fill(objects, 0);
        int taken = 0;
        try {
            taken = engine.allocBulk(context.effective(gfp), objects, 0, objects.length);
        } finally {
            if (taken < objects.length) {
                giveBack(objects);
            }
        }
        if (taken < objects.length) {
            return 0;
        }
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            for (long object : objects) {
                memory.zero(object, objectSize);
            }
        }
        return taken;
    }

    /** There are not enough, or the last one threw. */
    private void giveBack(long[] objects) {
        int taken = 0;
        while (objects[taken] != 0) {
            taken++;
        }
        freeBulk(objects, taken);
        Arrays.fill(objects, 0);
    }

    /**
     * Sets {@code size} objects apart for the caller. In Linux: kmem_cache_prefill_sheaf().
     *
     * @return null when there is no memory for all
     * @throws IllegalArgumentException when {@code size} is less than 1
     */
    public @Nullable PrefilledSheaf prefillSheaf(int gfp, int size) {
        PrefilledSheaf sheaf = new PrefilledSheaf(this, frames);
        return sheaf.refill(gfp, size) ? sheaf : null;
    }

    // Freeing.

    /**
     * Gives an object back.
     *
     * @throws BadObjectException when {@code address} is not an object that is allocated from this cache
     */
    @Override
    public void free(long address) {
        Slab slab = frames.find(address);
        if (slab == null || slab.cache != this) {
            throw reports.bad(address, slab);
        }
        free(slab, address);
    }

    /** {@link #free(long)} of an address in one of this cache's slabs. */
    void free(Slab slab, long address) {
        int object = memory.number(slab, address);
        if (object == 0 || !engine.free(slab, object)) {
            throw reports.bad(address, slab);
        }
    }

    /** {@link #free(Slab, long)} after setting the bytes to zero. They are nobody's while that is done. */
    void freeZeroed(Slab slab, long address) {
        int object = memory.number(slab, address);
        if (object == 0 || !slab.claim(object)) {
            throw reports.bad(address, slab);
        }
        sizes.claimAll(slab, object);
        memory.zero(address, sizes.usable());
        engine.freeChain(slab, object, object, 1);
    }

    /**
     * Gives the first {@code count} of {@code objects} back; all of them or, when one is refused, none. In Linux:
     * kmem_cache_free_bulk().
     *
     * @throws BadObjectException when one of them is not an object that is allocated from this cache, or stands there twice
     */
    @Override
    public void freeBulk(long[] objects, int count) {
        DetachedFreelists.free(frames, this, objects, count);
    }

    /** {@link #freeBulk(long[], int)} of all {@code objects}. */
    public void freeBulk(long[] objects) {
        freeBulk(objects, objects.length);
    }

    // The cache as a whole.

    /**
     * Gives the pages of all slabs without objects back. Objects that wait in sheaves for a grace period get theirs, and are
     * free when it is over.
     *
     * @return whether slabs are left. In Linux: kmem_cache_shrink(), 1 or 0
     */
    public boolean shrink() {
        engine.flushDeferred();
        return giveBackSlabs();
    }

    /** {@link #shrink} without starting grace periods, for which it may be too late. */
    boolean giveBackSlabs() {
        engine.flush();
        return slabs.shrink();
    }

    /**
     * Checks every byte of a debug cache's slabs that should have a certain value, their freelists and counts; logs what is
     * broken, and repairs it. Of a slab's bad objects only the first is found by one call. Slabs that are left alone
     * because something of them was broken are not looked at.
     *
     * <p>In Linux 6.18: mm/slub.c, validate_slab_cache().
     *
     * @return how many errors were logged: every line that begins with BUG or FIX is one
     * @throws IllegalStateException when the cache has no debug flags
     */
    public int validate() {
        return debugEngine("nothing of it can be checked").validate();
    }

    /**
     * Which code allocated the objects that are in use, the most frequent first; {@code No data} without
     * SLAB_STORE_USER. In Linux: /sys/kernel/debug/slab/NAME/alloc_traces.
     */
    public String allocTraces() {
        return debug == null ? "No data\n" : debug.traces(ObjectUsers.ALLOC);
    }

    /** Which code freed the objects that are in use before they were allocated again. In Linux: free_traces. */
    public String freeTraces() {
        return debug == null ? "No data\n" : debug.traces(ObjectUsers.FREE);
    }

    /** Objects that a debug cache has given up, because they or their slabs were broken: nobody gets them. Racy. */
    public long objectsLost() {
        return debug == null ? 0 : debug.objectsLost();
    }

    /**
     * Ends one user's claim on the cache; the last one ends the cache, and gives its pages back. When callers still have
     * objects, or somebody is in a call just now, this is logged and reported, and the cache stays as it is; the kernel leaks
     * it. In Linux 6.18: kmem_cache_destroy().
     *
     * <p>It waits for objects that are to be freed after a grace period. The caches of kmalloc stay.
     *
     * @throws IllegalStateException when the cache has been destroyed, is one of kmalloc's, or a callback of the {@link Rcu}
     *     calls
     */
    public DestroyReport destroy() {
        return registry.destroy(this);
    }

    /**
     * Checks that bytes may be copied between user space and an object: they lie in the part that the cache's creator
     * named, {@link KmemCacheArgs#withUsercopy}. In Linux: check_object_size().
     *
     * @param bytes as unsigned; 0: nothing is checked
     * @param toUser whether they are copied to user space, or from there
     * @throws BadObjectException when they may not, which is logged; or when {@code address} lies in no slab of this cache
     */
    public void checkUserCopy(long address, long bytes, boolean toUser) {
        if (bytes != 0) {
            userCopy.checkOwn(frames.find(address), address, bytes, toUser);
        }
    }

    // Looking.

    /** The name of the cache; of merged ones, that of the one created first. */
    @Override
    public String name() {
        return name;
    }

    /** Bytes of an object that its owner may use; of merged caches, the most that one asked for. */
    @Override
    public int objectSize() {
        return objectSize;
    }

    /** The geometry. */
    public SlabLayout layout() {
        return layout;
    }

    /** The cache at this moment. Racy. */
    public KmemCacheSnapshot snapshot() {
        return registry.snapshot(this);
    }

    @Override
    public String toString() {
        return "cache " + name;
    }

    // For this package.

    private DebugEngine debugEngine(String sentence) {
        if (debug == null) {
            throw new IllegalStateException("cache " + name + " has no debug flags: " + sentence);
        }
        return debug;
    }

    /** How a debug cache marks its objects; null for all others. */
    @Nullable
    ObjectPatterns patterns() {
        return patterns;
    }

    /** How many bytes of its objects are used. */
    ObjectSizes sizes() {
        return sizes;
    }

    @Nullable
    LongConsumer ctor() {
        return ctor;
    }

    UserCopy userCopy() {
        return userCopy;
    }

    CacheTuning tuning() {
        return tuning;
    }

    ObjectMemory memory() {
        return memory;
    }

    SlabReports reports() {
        return reports;
    }

    CacheSlabs slabs() {
        return slabs;
    }

    SlabEngine engine() {
        return engine;
    }

    /** Whether the cache is gone, and makes no slabs any more. */
    boolean isDestroyed() {
        return isDestroyed;
    }

    void setDestroyed(boolean isGone) {
        isDestroyed = isGone;
    }

    /** Another cache was merged into this one. */
    void join(SlabLayout joined) {
        layout = joined;
        objectSize = joined.objectSize();
    }
}
