package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where the units of chunks come from. A unit is one CPU's part of a chunk: contiguous addresses, of which single pages
 * are populated and depopulated. The units of a chunk may lie apart.
 *
 * <p>The percpu allocator calls it while it holds no spinning lock, one call at a time, except for {@link Units#zero},
 * which all threads call at any time.
 *
 * <p>In Linux 6.18: mm/percpu-vm.c, mm/percpu-km.c.
 */
public interface PercpuMemory {
    /**
     * Takes one unit for each CPU, with no page populated.
     *
     * @param bytes of one unit, a multiple of 4096
     * @param gfp how hard to try
     * @return null when there is no room; then nothing is taken
     */
    @Nullable
    Units reserve(int cpus, int bytes, int gfp);

    /** The units of one chunk; pages are counted from the start of a unit. */
    interface Units {
        /** The address of a CPU's unit, a multiple of 4096. */
        long address(int cpu);

        /** A CPU's unit; only populated pages may be touched. */
        MemorySegment segment(int cpu);

        /**
         * Populates the pages from {@code firstPage} to {@code endPage} − 1 of all units, with zeroes.
         *
         * @return false when there are not enough pages; then none of them is populated
         */
        boolean populate(int firstPage, int endPage, int gfp);

        /** Gives back pages that are populated, of all units. */
        void depopulate(int firstPage, int endPage);

        /** Sets bytes of populated pages to zero, in all units. */
        void zero(int offset, int bytes);

        /** Gives everything back. Pages that are still populated are depopulated by it. */
        void release();
    }
}
