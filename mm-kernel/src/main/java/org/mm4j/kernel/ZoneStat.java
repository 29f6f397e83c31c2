package org.mm4j.kernel;

import java.util.Locale;
import org.mm4j.api.ZoneSnapshot;

/**
 * The counters of a zone, in the order in which /proc/zoneinfo prints them. In pages or allocations.
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, {@code enum zone_stat_item} and {@code enum numa_stat_item}; mm/vmstat.c,
 * vmstat_text[].
 */
public enum ZoneStat {
    /** Free pages. */
    NR_FREE_PAGES,
    /** Free pages in blocks of at least a pageblock. */
    NR_FREE_PAGES_BLOCKS,
    /** Anonymous pages that were not used lately. */
    NR_ZONE_INACTIVE_ANON,
    /** Anonymous pages in use. */
    NR_ZONE_ACTIVE_ANON,
    /** Pages of files that were not used lately. */
    NR_ZONE_INACTIVE_FILE,
    /** Pages of files in use. */
    NR_ZONE_ACTIVE_FILE,
    /** Pages that reclaim must leave alone. */
    NR_ZONE_UNEVICTABLE,
    /** Pages that have to be written or are being written. */
    NR_ZONE_WRITE_PENDING,
    /** Pages locked by mlock. */
    NR_MLOCK,
    /** Pages of compressed swap. */
    NR_ZSPAGES,
    /** Free pages in CMA blocks. */
    NR_FREE_CMA,
    /** Allocations that got the node that they wanted. */
    NUMA_HIT,
    /** Allocations that came here because their own node was short. */
    NUMA_MISS,
    /** Allocations meant for this node that went elsewhere. */
    NUMA_FOREIGN,
    /** Allocations that an interleaving policy sent here. */
    NUMA_INTERLEAVE,
    /** Allocations by a thread of this node. */
    NUMA_LOCAL,
    /** Allocations by a thread of another node. */
    NUMA_OTHER;

    /** This counter of a zone; what the snapshot does not have comes from {@code stats}. */
    long in(ZoneSnapshot zone, VmStats stats) {
        return switch (this) {
            case NR_FREE_PAGES -> zone.pagesFree();
            case NR_FREE_PAGES_BLOCKS -> zone.pagesFreeBlocks();
            case NR_FREE_CMA -> zone.pagesFreeCma();
            case NUMA_HIT -> zone.numa().hit();
            case NUMA_MISS -> zone.numa().miss();
            case NUMA_FOREIGN -> zone.numa().foreign();
            case NUMA_LOCAL -> zone.numa().local();
            case NUMA_OTHER -> zone.numa().other();
            default -> stats.zone(zone.nid(), zone.type(), this);
        };
    }

    private final String kernelName = name().toLowerCase(Locale.ROOT);

    /** The name in /proc, {@code nr_free_pages}. */
    public String kernelName() {
        return kernelName;
    }
}
