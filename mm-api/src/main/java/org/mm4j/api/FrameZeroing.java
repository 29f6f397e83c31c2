package org.mm4j.api;

/** Zeroes the memory behind page frames, for allocators that know frames but no memory. */
@FunctionalInterface
public interface FrameZeroing {
    /** Sets {@code frames} frames from {@code pfn} on to zero. The caller owns them. */
    void zero(long pfn, long frames);
}
