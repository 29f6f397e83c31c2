package org.mm4j.slab;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/** What one cache has to say: to the log, or to a caller whom it refuses. */
final class SlabReports {
    /** So many failed allocations are reported, and no more: whoever runs out of memory does so often. */
    private static final int OUT_OF_MEMORY_REPORTS = 10;

    private final KmemCache cache;
    private final KernelLog log;
    private final AtomicInteger outOfMemory = new AtomicInteger();

    SlabReports(KmemCache cache, KernelLog log) {
        this.cache = cache;
        this.log = log;
    }

    KernelLog log() {
        return log;
    }

    /** There are no pages for a slab. In Linux: slab_out_of_memory(). */
    void outOfMemory(CacheSlabs slabs, int gfp, int home, int nid) {
        if (Gfp.has(gfp, Gfp.__GFP_NOWARN) || outOfMemory.getAndIncrement() >= OUT_OF_MEMORY_REPORTS) {
            return;
        }
        try {
            tellOutOfMemory(slabs, gfp, home, nid);
        } catch (OutOfMemoryError _) {
            // the caller is told all the same
        }
    }

    private void tellOutOfMemory(CacheSlabs slabs, int gfp, int home, int nid) {
        SlabLayout layout = cache.layout();
        log.warn("SLUB: Unable to allocate memory on a CPU of node " + home + " on node " + nid + ", gfp="
                + Gfp.format(gfp));
        log.warn("  cache: " + cache.name() + ", object size: " + cache.objectSize() + ", buffer size: " + layout.size()
                + ", default order: " + layout.order() + ", min order: " + layout.minOrder());
        for (int node = 0; node < slabs.nodes(); node++) {
            NodeSlabs on = slabs.node(node);
            log.warn("  node " + node + ": slabs: " + on.slabs() + ", objs: " + on.objects() + ", free: "
                    + PartialFree.count(on));
        }
    }

    /**
     * A free object's link leads nowhere: somebody wrote to the object after freeing it. Without Java heap nothing is said:
     * whoever reports may hold what an Error would lose.
     */
    void corrupt(Slab slab, int object) {
        try {
            log.warn("BUG " + cache.name() + ": Freepointer corrupt in free object "
                    + hex(cache.memory().address(slab, object)) + " of the slab at pfn " + slab.pfn
                    + "; the objects behind it are given up");
        } catch (OutOfMemoryError _) {
            // it is found again by validate()
        }
    }

    /** Why an address cannot be freed to the cache; a debug cache logs it too. */
    BadObjectException bad(long address, @Nullable Slab slab) {
        BadObjectException bad = refusal(address, slab);
        if (cache.patterns() != null) {
            log.warn(List.of(
                    "BUG " + cache.name() + " (Not tainted): " + bad.getMessage(),
                    "FIX " + cache.name() + ": Object at " + hex(address) + " not freed"));
        }
        return bad;
    }

    private BadObjectException refusal(long address, @Nullable Slab slab) {
        if (slab == null) {
            return new BadObjectException(
                    address, hex(address) + " is freed to cache " + cache.name() + ", but lies in no slab");
        }
        if (slab.cache != cache) {
            return new BadObjectException(
                    address,
                    cache.name() + ": Wrong slab cache. " + cache.name() + " but object " + hex(address) + " is from "
                            + slab.cache.name());
        }
        int object = cache.memory().number(slab, address);
        String place = hex(address) + " of cache " + cache.name();
        return new BadObjectException(
                address,
                object == 0
                        ? "Invalid object pointer " + place + ": no object begins there"
                        : "Object already free: " + place + ", object " + object + " of " + slab.objects
                                + " of the slab at pfn " + slab.pfn);
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
