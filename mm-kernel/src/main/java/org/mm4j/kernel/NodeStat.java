package org.mm4j.kernel;

import java.util.Locale;

/**
 * The counters of a node, in the order in which /proc/zoneinfo prints them. In pages, if nothing else is said.
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, {@code enum node_stat_item}; mm/vmstat.c, vmstat_text[].
 */
public enum NodeStat {
    /** Anonymous pages that were not used lately. */
    NR_INACTIVE_ANON,
    /** Anonymous pages in use. */
    NR_ACTIVE_ANON,
    /** Pages of files that were not used lately. */
    NR_INACTIVE_FILE,
    /** Pages of files in use. */
    NR_ACTIVE_FILE,
    /** Pages that reclaim must leave alone. */
    NR_UNEVICTABLE,
    /** Pages of slabs that a shrinker can empty. */
    NR_SLAB_RECLAIMABLE,
    /** Pages of all other slabs. */
    NR_SLAB_UNRECLAIMABLE,
    /** Anonymous pages that reclaim or compaction has taken off its list. */
    NR_ISOLATED_ANON,
    /** Pages of files that reclaim or compaction has taken off its list. */
    NR_ISOLATED_FILE,
    /** Nodes of page cache trees that remember evicted pages. */
    WORKINGSET_NODES,
    /** Anonymous pages read again after they were evicted. */
    WORKINGSET_REFAULT_ANON,
    /** Pages of files read again after they were evicted. */
    WORKINGSET_REFAULT_FILE,
    /** Such anonymous pages that became active at once. */
    WORKINGSET_ACTIVATE_ANON,
    /** Such pages of files that became active at once. */
    WORKINGSET_ACTIVATE_FILE,
    /** Such anonymous pages that had been active before. */
    WORKINGSET_RESTORE_ANON,
    /** Such pages of files that had been active before. */
    WORKINGSET_RESTORE_FILE,
    /** Nodes of page cache trees given back by their shrinker. */
    WORKINGSET_NODERECLAIM,
    /** Anonymous pages mapped by somebody. */
    NR_ANON_PAGES,
    /** Pages of files mapped by somebody. */
    NR_MAPPED,
    /** Pages of files, swap cache and shared memory included. */
    NR_FILE_PAGES,
    /** Pages of files that have to be written. */
    NR_DIRTY,
    /** Pages being written. */
    NR_WRITEBACK,
    /** Pages of shared memory. */
    NR_SHMEM,
    /** Huge pages of shared memory. */
    NR_SHMEM_HUGEPAGES,
    /** Huge pages of shared memory that are mapped as one. */
    NR_SHMEM_PMDMAPPED,
    /** Huge pages of files. */
    NR_FILE_HUGEPAGES,
    /** Huge pages of files that are mapped as one. */
    NR_FILE_PMDMAPPED,
    /** Huge anonymous pages that are mapped as one. */
    NR_ANON_TRANSPARENT_HUGEPAGES,
    /** Pages that reclaim wrote. */
    NR_VMSCAN_WRITE,
    /** Pages that reclaim takes as soon as they are written. */
    NR_VMSCAN_IMMEDIATE_RECLAIM,
    /** Pages that were made dirty, since boot. */
    NR_DIRTIED,
    /** Pages that were written, since boot. */
    NR_WRITTEN,
    /** Pages written while reclaim waited for them. */
    NR_THROTTLED_WRITTEN,
    /** Pages of the kernel, other than slabs, that a shrinker can give back. */
    NR_KERNEL_MISC_RECLAIMABLE,
    /** Pins of pages taken, since boot. */
    NR_FOLL_PIN_ACQUIRED,
    /** Pins of pages given back, since boot. */
    NR_FOLL_PIN_RELEASED,
    /** Kernel stacks, in KiB. */
    NR_KERNEL_STACK,
    /** Page tables of processes. */
    NR_PAGE_TABLE_PAGES,
    /** Page tables of devices and of virtual machines. */
    NR_SEC_PAGE_TABLE_PAGES,
    /** Page tables of devices alone. */
    NR_IOMMU_PAGES,
    /** Pages in the swap cache. */
    NR_SWAPCACHED,
    /** Pages moved to faster memory, since boot. */
    PGPROMOTE_SUCCESS,
    /** Pages that were to be moved to faster memory, since boot. */
    PGPROMOTE_CANDIDATE,
    /** Such pages that no limit of the rate held back. */
    PGPROMOTE_CANDIDATE_NRL,
    /** Pages that kswapd moved to slower memory. */
    PGDEMOTE_KSWAPD,
    /** Pages that allocations moved to slower memory. */
    PGDEMOTE_DIRECT,
    /** Pages that khugepaged moved to slower memory. */
    PGDEMOTE_KHUGEPAGED,
    /** Pages that were moved to slower memory on request. */
    PGDEMOTE_PROACTIVE,
    /** Pages of hugetlbfs. */
    NR_HUGETLB,
    /** Pages given to the host of this virtual machine. */
    NR_BALLOON_PAGES,
    /** Pages of files that belong to the kernel itself. */
    NR_KERNEL_FILE_PAGES;

    private final String kernelName = name().toLowerCase(Locale.ROOT);

    /** The name in /proc, {@code nr_inactive_anon}. */
    public String kernelName() {
        return kernelName;
    }
}
