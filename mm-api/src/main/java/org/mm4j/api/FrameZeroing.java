package org.mm4j.api;

/**
 * Zeroes the memory behind page frames, for allocators that know frames but no memory.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, kernel_init_pages().
 */
@FunctionalInterface
public interface FrameZeroing {
    /** Sets {@code frames} frames from {@code pfn} on to zero. The caller owns them. */
    void zero(long pfn, long frames);
}
