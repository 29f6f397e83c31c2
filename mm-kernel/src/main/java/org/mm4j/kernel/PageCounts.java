package org.mm4j.kernel;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mm4j.api.ZoneSnapshot;

/** Pages of a kernel, by who has them. Exact when nobody allocates or frees meanwhile. */
final class PageCounts {
    private PageCounts() {}

    static Stream<ZoneSnapshot> zones(KernelParts parts) {
        return parts.buddy.snapshot().stream().flatMap(node -> node.zones().stream());
    }

    static long inUse(KernelParts parts) {
        long taken = zones(parts).mapToLong(PageCounts::taken).sum();
        return taken - parts.percpuMemory.pagesReserved() - ofSlab(parts) - parts.vmalloc.pagesOfTables();
    }

    static long cached(ZoneSnapshot zone) {
        return zone.pageSets().stream().mapToLong(set -> set.count()).sum();
    }

    private static long taken(ZoneSnapshot zone) {
        return zone.pagesManaged() - zone.freeBlocks().pages() - cached(zone);
    }

    static long ofSlab(KernelParts parts) {
        return IntStream.range(0, parts.config.nodes().size())
                        .mapToLong(parts.slabStats::pages)
                        .sum()
                + parts.slab.pagesWaiting();
    }
}
