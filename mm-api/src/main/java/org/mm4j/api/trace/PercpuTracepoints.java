package org.mm4j.api.trace;

/**
 * Tracepoints of areas of the percpu allocator. Pointers are handles; a base is the handle of a chunk's first byte. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/percpu.h.
 */
public interface PercpuTracepoints {
    /** An area was given out. {@code off}: in its chunk's map; {@code bytesAlloc}: of all copies. */
    default void percpuAllocPercpu(
            boolean reserved,
            boolean isAtomic,
            long size,
            long align,
            long baseAddr,
            int off,
            long ptr,
            long bytesAlloc,
            int gfp) {}

    /** An area was taken back. */
    default void percpuFreePercpu(long baseAddr, int off, long ptr) {}

    /** A request for an area was in vain. */
    default void percpuAllocPercpuFail(boolean reserved, boolean isAtomic, long size, long align) {}

    /** A chunk was made. */
    default void percpuCreateChunk(long baseAddr) {}

    /** A chunk was given up. */
    default void percpuDestroyChunk(long baseAddr) {}
}
