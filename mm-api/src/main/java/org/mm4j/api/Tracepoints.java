package org.mm4j.api;

/**
 * Who is told what the allocators do, call by call: the tracepoints of the kernel, by their names and with their fields in
 * their order. What only Linux has is left out: addresses of page structures, and call sites, which are the calling thread's
 * stack here.
 *
 * <p>An allocator that was made with {@link #NONE} tells nobody. Objects are told of by classes that are not there then, and
 * the others tell only when they are about to take a lock or to do something slow. Whoever is told must neither call an
 * allocator nor wait nor throw, as locks may be held; any thread calls. Addresses and pfns are 0 where a request was in vain.
 *
 * <p>In Linux 6.18: include/trace/events/ kmem.h, vmalloc.h, percpu.h, vmscan.h, compaction.h, oom.h. Differs: bulk
 * requests of objects are told of, object by object.
 */
public interface Tracepoints {
    /** Nobody. */
    Tracepoints NONE = new Tracepoints() {};

    // kmem: objects.

    /** A request of kmalloc, also one in vain. {@code node}: -1 for any. */
    default void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node) {}

    /** A call of kfree, also of nothing. Before it happens. */
    default void kfree(long ptr) {}

    /** A request of an object of a cache, also one in vain. {@code node}: -1 for any. */
    default void kmemCacheAlloc(long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node) {}

    /** An object is given back to its cache. Before it happens. */
    default void kmemCacheFree(long ptr, String name) {}

    // kmem: pages.

    /** A block leaves a zone, to refill a page cache. In Linux: with percpu_refill=1. */
    default void mmPageAllocZoneLocked(long pfn, int order, int migratetype) {}

    /** A block leaves a page cache for its zone. */
    default void mmPagePcpuDrain(long pfn, int order, int migratetype) {}

    /**
     * A block of another migrate type serves a request.
     *
     * @param fallbackOrder of the block that was taken from
     * @param ownsBlock whether its pageblock has the type of the request now. In Linux: change_ownership
     */
    default void mmPageAllocExtfrag(
            long pfn, int allocOrder, int fallbackOrder, int allocType, int fallbackType, boolean ownsBlock) {}

    // vmalloc.

    /** An attempt to find addresses between {@code vstart} and {@code vend}. */
    default void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {}

    /** Addresses that were freed are usable again. */
    default void purgeVmapAreaLazy(long start, long end, int numPurged) {}

    /** Addresses are freed, and wait for a purge; pages wait, and may. */
    default void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {}

    // percpu. A base is the handle of a chunk's first byte.

    /** An area was given out. */
    default void percpuAllocPercpu(PercpuArea area, boolean isReserved, boolean isAtomic, int gfp) {}

    /** A request for an area was in vain. */
    default void percpuAllocPercpuFail(boolean isReserved, boolean isAtomic, long size, long align) {}

    /** An area was taken back. */
    default void percpuFreePercpu(long base, int off, long ptr) {}

    /** A chunk was made. */
    default void percpuCreateChunk(long base) {}

    /** A chunk was given up. */
    default void percpuDestroyChunk(long base) {}

    /** An area of every CPU, as its request had it; {@code off}: in its chunk's map; {@code bytesAlloc}: of all copies. */
    record PercpuArea(long size, long align, long base, int off, long ptr, long bytesAlloc) {}

    // vmscan.

    /** Somebody found that memory runs low. {@code zid}: the highest zone that would do. */
    default void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {}

    /** The thread of a node begins to reclaim. */
    default void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {}

    /** The thread of a node goes to sleep. */
    default void mmVmscanKswapdSleep(int nid) {}

    /** A request begins to reclaim itself. */
    default void mmVmscanDirectReclaimBegin(int order, int gfp) {}

    /** The end of {@link #mmVmscanDirectReclaimBegin}. */
    default void mmVmscanDirectReclaimEnd(long nrReclaimed) {}

    /** A shrinker is to look at objects: of {@code items} so many as {@code totalScan}; the others are deferred. */
    default void mmShrinkSlabStart(
            String shrinker, int nid, long deferred, int gfp, long items, long delta, long totalScan, int priority) {}

    /** The end of {@link #mmShrinkSlabStart}: what is deferred now, what was not looked at, what was freed. */
    default void mmShrinkSlabEnd(String shrinker, int nid, long deferred, long totalScan, long freed) {}

    // compaction, oom.

    /** A zone begins to be compacted; pfns. */
    default void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {}

    /** The end of {@link #mmCompactionBegin}, where the scanners stand then, and how it ended. */
    default void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {}

    /** Somebody is ended for memory. */
    default void markVictim(String name, long pages, int oomScoreAdj) {}
}
