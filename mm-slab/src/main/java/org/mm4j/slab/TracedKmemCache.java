package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.mm4j.api.Gfp;
import org.mm4j.api.trace.Tracepoints;

/**
 * A cache that tells of every object it gives out and takes back. An allocator without tracepoints makes none, so that its
 * caches pay nothing: while this class is not loaded, calls of a cache are bound as those of a final class.
 *
 * <p>In Linux 6.18: mm/slub.c, trace_kmem_cache_alloc(), trace_kmem_cache_free(). Differs: objects of a prefilled sheaf are
 * told of when it is filled, and when what is left is given back.
 */
final class TracedKmemCache extends KmemCache {
    private final Tracepoints trace;
    private final boolean hasCgroups;
    private final boolean chargesAll;

    TracedKmemCache(String name, SlabLayout layout, KmemCacheArgs args, SlabParts parts, CacheRegistry registry) {
        super(name, layout, args, parts, registry);
        trace = parts.config().trace();
        hasCgroups = parts.config().accounting() != null;
        chargesAll = SlabFlags.has(layout.flags(), SlabFlags.SLAB_ACCOUNT);
    }

    /** The caches of kmalloc are not told of: kmalloc is. */
    static boolean concerns(SlabLayout layout, SlabConfig config) {
        return !config.trace().equals(Tracepoints.NONE) && !SlabFlags.has(layout.flags(), SlabFlags.SLAB_KMALLOC);
    }

    private void tellAlloc(long object, int gfp, int nid) {
        boolean isAccounted = hasCgroups && (chargesAll || (gfp & Gfp.__GFP_ACCOUNT) != 0);
        trace.kmemCacheAlloc(object, name(), objectSize(), layout().size(), gfp, nid, isAccounted);
    }

    @Override
    public long alloc(int gfp) {
        long object = super.alloc(gfp);
        tellAlloc(object, gfp, NO_NODE);
        return object;
    }

    @Override
    public long allocNode(int gfp, int nid) {
        long object = super.allocNode(gfp, nid);
        tellAlloc(object, gfp, nid);
        return object;
    }

    @Override
    public int allocBulk(int gfp, long[] objects) {
        int taken = super.allocBulk(gfp, objects);
        for (int i = 0; i < taken; i++) {
            tellAlloc(objects[i], gfp, NO_NODE);
        }
        return taken;
    }

    @Override
    public void free(long address) {
        trace.kmemCacheFree(address, name());
        super.free(address);
    }

    @Override
    public void freeBulk(long[] objects, int count) {
        for (int i = 0; i < count; i++) {
            trace.kmemCacheFree(objects[i], name());
        }
        super.freeBulk(objects, count);
    }
}
