package org.mm4j.api.trace;

/**
 * Tracepoints of addresses of vmalloc. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/vmalloc.h.
 */
public interface VmallocTracepoints {
    /** An attempt to find addresses between {@code vstart} and {@code vend}. */
    default void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {}

    /** Addresses that were freed are usable again. */
    default void purgeVmapAreaLazy(long start, long end, int numPurged) {}

    /** Addresses are freed, and wait for a purge; pages wait, and may. */
    default void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {}
}
