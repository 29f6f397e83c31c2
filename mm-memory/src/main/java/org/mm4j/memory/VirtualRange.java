package org.mm4j.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A part of an {@link AddressReserve}: either nothing is mapped into it, or frames are from its first page on.
 *
 * <pre>
 *               map(pfns)
 *   UNMAPPED -------------> MAPPED       frame pfns[i] lies at address() + i · 4096
 *            <-------------
 *               unmap()
 * </pre>
 *
 * <p>Any thread may call any method; calls on one range come one after another.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_pages_range(), vunmap_range().
 */
public interface VirtualRange {
    /** The first address, a multiple of 4096. */
    long address();

    /** Size in bytes, a multiple of 4096. */
    long bytes();

    /**
     * Maps the first {@code count} frames of {@code pfns}, readable and writable. Frames with consecutive numbers are
     * mapped in one call of the host, so that it costs one call for each run. All or nothing.
     *
     * @throws IllegalArgumentException when a frame is not in the memory, or they are none or too many
     * @throws IllegalStateException when the range is mapped
     * @throws HostMemoryException when the host refuses, or the mappings would be too many. Nothing is mapped then,
     *     except when the host refuses to undo a half, too: then {@link #isMapped} is true, and {@link #unmap} is to be
     *     tried again
     */
    void map(long[] pfns, int count);

    /** Whether frames are mapped. */
    boolean isMapped();

    /** How many mappings of the host it costs at most: see {@link AddressReserve#mappings}. */
    int mappings();

    /**
     * The mapped bytes in the order of their addresses, valid until {@link #unmap}. One segment where addresses are real;
     * elsewhere one for each run of adjacent frames. The first call makes them, and makes {@code unmap} dearer by what it
     * costs to end a shared arena, some 10 µs.
     *
     * @throws IllegalStateException when nothing is mapped
     * @throws UnsupportedOperationException when Java may not call native code
     */
    List<MemorySegment> segments();

    /**
     * Unmaps all frames in one call of the host; when it returns, no processor reaches them through the range, and every
     * access through a segment of it is refused. Nothing happens when nothing is mapped.
     *
     * @throws IllegalStateException while a native call or a channel uses one of the segments; the range stays as it is
     * @throws HostMemoryException when the host refuses; the frames may still be reached, and it is to be tried again
     */
    void unmap();
}
