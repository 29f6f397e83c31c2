package org.mm4j.api;

import java.util.List;

/**
 * A percpu allocator at one moment. Exact: taken while nothing is allocated, given back or populated.
 *
 * <p>In Linux 6.18: /sys/kernel/debug/percpu_stats, and Percpu in /proc/meminfo.
 *
 * @param layout the sizes, which never change
 * @param counts what was done so far
 * @param pagesEmpty populated pages of a unit with no area in them, over all chunks that are listed
 * @param pagesPopulated populated pages, of all units of all chunks
 * @param chunks the reserved chunk if there is one, then all others by the list that they are on
 */
public record PerCpuStats(
        PerCpuLayout layout,
        PerCpuCounts counts,
        int pagesEmpty,
        long pagesPopulated,
        List<PerCpuChunkSnapshot> chunks) {
    /** Copies the list. */
    public PerCpuStats {
        chunks = List.copyOf(chunks);
    }
}
