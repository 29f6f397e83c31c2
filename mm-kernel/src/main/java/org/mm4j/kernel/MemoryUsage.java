package org.mm4j.kernel;

import java.util.Locale;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuStats;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.slab.KmemCacheSnapshot;

/**
 * Where a kernel's memory is. Taken part by part while others run, so racy; exact when nobody allocates or frees.
 *
 * <pre>
 *   managed   =   users + slab + percpu + tables                 taken
 *               + cached per CPU                                  free, for one CPU
 *               + free                                            of it fragmented: in blocks below 2 MiB
 * </pre>
 *
 * @param bytesReserved addresses of the memory, whether the host gave pages for them or not
 * @param bytesCommitted what the host has given and not got back
 * @param bytesReturned what it got back, by {@link Kernel#trim}, by blocks that went offline, or by the percpu allocator, and has
 *     not given again; the rest was never taken
 * @param pagesManaged all that can be allocated. Exact
 * @param pagesUsers neither cached nor free nor any of the following; of vmalloc, too
 * @param pagesVmalloc of areas, a part of {@code pagesUsers}
 * @param pagesTables page tables of vmalloc
 * @param pagesSlab slabs and large blocks of kmalloc
 * @param bytesSlabFree in slabs: free objects, on partial lists and kept for CPUs
 * @param pagesPercpu units of the percpu allocator
 * @param bytesPercpuFree in them: not allocated
 * @param bytesArenas chunks that shared arenas share, of open ones or waiting for their scope's end; a part of the above
 * @param pagesCached kept for CPUs
 * @param pagesFree in the zones, each zone exact
 * @param pagesFragmented of {@code pagesFree}: in blocks that are too small for a request of 2 MiB
 * @param bytesLargestFree the largest block
 * @param pagesReserve of {@code pagesFree}: what the minimum watermarks keep from ordinary requests
 * @param pagesLazy addresses of vmalloc, not memory, that wait for a purge
 */
public record MemoryUsage(
        long bytesReserved,
        long bytesCommitted,
        long bytesReturned,
        long pagesManaged,
        long pagesUsers,
        long pagesVmalloc,
        long pagesTables,
        long pagesSlab,
        long bytesSlabFree,
        long pagesPercpu,
        long bytesPercpuFree,
        long bytesArenas,
        long pagesCached,
        long pagesFree,
        long pagesFragmented,
        long bytesLargestFree,
        long pagesReserve,
        long pagesLazy) {
    private static final int ORDER_HUGE = 9;

    static MemoryUsage of(KernelParts parts) {
        long managed = 0;
        long cached = 0;
        long free = 0;
        long fragmented = 0;
        long largest = 0;
        long reserve = 0;
        for (ZoneSnapshot zone : PageCounts.zones(parts).toList()) {
            managed += zone.pagesManaged();
            cached += PageCounts.cached(zone);
            free += zone.freeBlocks().pages();
            fragmented += pagesBelowHuge(zone);
            largest = Math.max(largest, bytesLargest(zone));
            reserve += Math.min(zone.watermarks().min(), zone.freeBlocks().pages());
        }
        long slab = PageCounts.ofSlab(parts);
        long percpu = parts.percpuMemory.pagesReserved();
        long tables = parts.vmalloc.pagesOfTables();
        return new MemoryUsage(
                parts.memory.bytes(),
                parts.memory.bytesCommitted(),
                parts.memory.bytesReturned(),
                managed,
                managed - free - cached - slab - percpu - tables,
                parts.vmalloc.pagesUsed(),
                tables,
                slab,
                bytesSlabFree(parts),
                percpu,
                bytesPercpuFree(parts.percpu.stats()) * parts.slots.cpus(),
                parts.arenas.bytesHeld(),
                cached,
                free,
                fragmented,
                largest,
                reserve,
                parts.vmalloc.isMade() ? parts.vmalloc.get().pagesLazy() : 0);
    }

    private static long pagesBelowHuge(ZoneSnapshot zone) {
        long pages = 0;
        for (int order = 0; order < ORDER_HUGE; order++) {
            pages += zone.freeBlocks().blocks(order) << order;
        }
        return pages;
    }

    private static long bytesLargest(ZoneSnapshot zone) {
        int order = PageFrame.MAX_PAGE_ORDER;
        while (order >= 0
                && zone.freeBlocks().blocks(order) == zone.freeBlocks().blocks(order, MigrateType.ISOLATE)) {
            order--;
        }
        return order < 0 ? 0 : (long) PageFrame.PAGE_SIZE << order;
    }

    private static long bytesSlabFree(KernelParts parts) {
        long bytes = 0;
        for (KmemCacheSnapshot cache : parts.slab.snapshot()) {
            long free = cache.objects() - cache.objectsActive() + cache.objectsKept();
            bytes += free * cache.layout().size();
        }
        return bytes;
    }

    private static long bytesPercpuFree(PerCpuStats stats) {
        return stats.chunks().stream().mapToLong(chunk -> chunk.bytesFree()).sum();
    }

    /** Bytes that are taken, by whomever. */
    public long bytesUsed() {
        return (pagesManaged - pagesFree - pagesCached) << PageFrame.PAGE_SHIFT;
    }

    /** Bytes that nobody has touched yet: the host never gave them. */
    public long bytesNeverTaken() {
        return Math.max(0, bytesReserved - bytesCommitted - bytesReturned);
    }

    /** A table for people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                """
                reserved      %,12d KiB   of it committed by the host %,d KiB, returned to it %,d KiB, never taken %,d KiB
                managed       %,12d KiB   of it used %,d KiB
                  users       %,12d KiB   of it vmalloc %,d KiB
                  slab        %,12d KiB   of it free objects %,d KiB
                  percpu      %,12d KiB   of it free %,d KiB
                  tables      %,12d KiB
                  arenas      %,12d KiB   shared chunks, counted above
                  cached      %,12d KiB   for CPUs
                  free        %,12d KiB   of it fragmented, in blocks below 2 MiB, %,d KiB; kept as reserve %,d KiB; largest block %,d KiB
                """,
                bytesReserved >> 10,
                bytesCommitted >> 10,
                bytesReturned >> 10,
                bytesNeverTaken() >> 10,
                pagesManaged << 2,
                bytesUsed() >> 10,
                pagesUsers << 2,
                pagesVmalloc << 2,
                pagesSlab << 2,
                bytesSlabFree >> 10,
                pagesPercpu << 2,
                bytesPercpuFree >> 10,
                pagesTables << 2,
                bytesArenas >> 10,
                pagesCached << 2,
                pagesFree << 2,
                pagesFragmented << 2,
                pagesReserve << 2,
                bytesLargestFree >> 10);
    }
}
