package org.mm4j.api;

/**
 * One chunk of a percpu allocator at one moment; sizes are of one CPU's unit. Exact.
 *
 * <p>In Linux 6.18: mm/percpu-stats.c, chunk_map_stats().
 *
 * @param place where it is kept
 * @param allocations areas in use
 * @param bytesAllocMax the largest area that was ever in it
 * @param pagesEmpty populated pages with no area in them
 * @param firstFree the first free 4 bytes, counted in such
 * @param bytesFree free bytes
 * @param bytesContig a free run; there may be a longer one
 * @param bytesFragmented free bytes in front of the last area
 * @param bytesFragmentMax the longest free run in front of the last area
 * @param bytesMin the smallest area
 * @param bytesMedian the area in the middle, by size
 * @param bytesMax the largest area
 */
public record PerCpuChunkSnapshot(
        Place place,
        int allocations,
        int bytesAllocMax,
        int pagesEmpty,
        int firstFree,
        int bytesFree,
        int bytesContig,
        int bytesFragmented,
        int bytesFragmentMax,
        int bytesMin,
        int bytesMedian,
        int bytesMax) {
    /** Where a chunk is kept. */
    public enum Place {
        /** Apart: the part of the first units for reserved allocations. */
        RESERVED,
        /** The part of the first units for everyone. */
        FIRST,
        /** With those from which pages are about to be given back. */
        TO_DEPOPULATE,
        /** With those from which pages were given back. */
        SIDELINED,
        /** With all others, by its free bytes. */
        LISTED
    }
}
