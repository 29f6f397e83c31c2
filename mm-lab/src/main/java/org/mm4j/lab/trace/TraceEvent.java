package org.mm4j.lab.trace;

/**
 * One line of a trace, without its head. Pointers are what the kernel printed: hashed by ftrace, real in the other two
 * forms; equal values mean the same address, and 0 means none.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h, percpu.h and vmalloc.h.
 */
public sealed interface TraceEvent {
    /**
     * Pages were asked for: {@code mm_page_alloc}.
     *
     * @param pfn the first frame, a multiple of 2<sup>order</sup>; 0 when the request failed
     * @param migrateType the number of the mobility that the request had
     * @param gfp the flags, without those that Linux 6.18 does not know
     * @param gfpKnown whether all flags are known
     */
    record PageAlloc(long pfn, int order, int migrateType, int gfp, boolean gfpKnown) implements TraceEvent {}

    /** A block was given back: {@code mm_page_free}. */
    record PageFree(long pfn, int order) implements TraceEvent {}

    /**
     * A block was given back together with others: {@code mm_page_free_batched}. Printed beside {@code mm_page_free} for
     * the same block, and always with order 0, whatever the block's order is.
     */
    record PageFreeBatched(long pfn) implements TraceEvent {}

    /** A request was served from a free list of another mobility: {@code mm_page_alloc_extfrag}. */
    record PageFallback(long pfn, int allocOrder, int fallbackOrder, int allocMigrateType, int fallbackMigrateType)
            implements TraceEvent {}

    /** {@code kmalloc}. A {@code ptr} of 0 is a failure. */
    record Kmalloc(long ptr, long bytesRequested, long bytesAllocated, int gfp) implements TraceEvent {}

    /** {@code kfree}, of 0 too. */
    record Kfree(long ptr) implements TraceEvent {}

    /** {@code kmem_cache_alloc}. Kernels before 6.1 do not print the cache's name; then it is empty. */
    record CacheAlloc(String cache, long ptr, long bytesRequested, long bytesAllocated, int gfp)
            implements TraceEvent {}

    /** {@code kmem_cache_free}. */
    record CacheFree(String cache, long ptr) implements TraceEvent {}

    /**
     * {@code percpu_alloc_percpu}.
     *
     * @param base the chunk
     * @param offset the area's place in the chunk
     * @param bytesAllocated the size times the possible CPUs, and what memory cgroups need
     */
    record PercpuAlloc(
            boolean reserved,
            boolean atomic,
            long bytes,
            long align,
            long base,
            long offset,
            long ptr,
            long bytesAllocated,
            int gfp)
            implements TraceEvent {}

    /** {@code percpu_free_percpu}. */
    record PercpuFree(long base, long offset, long ptr) implements TraceEvent {}

    /** {@code percpu_alloc_percpu_fail}. */
    record PercpuFailure(boolean reserved, boolean atomic, long bytes, long align) implements TraceEvent {}

    /** {@code percpu_create_chunk} or {@code percpu_destroy_chunk}. */
    record PercpuChunk(long base, boolean created) implements TraceEvent {}

    /** {@code alloc_vmap_area}: one attempt to reserve addresses between {@code rangeStart} and {@code rangeEnd}. */
    record VmapAlloc(long start, long bytes, long align, long rangeStart, long rangeEnd, boolean failed)
            implements TraceEvent {}

    /** {@code free_vmap_area_noflush}. */
    record VmapFree(long start, long pagesLazy, long pagesLazyMax) implements TraceEvent {}

    /** {@code purge_vmap_area_lazy}. */
    record VmapPurge(long start, long end, long areas) implements TraceEvent {}
}
