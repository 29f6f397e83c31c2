package org.mm4j.api.trace;

/**
 * Tracepoints of contiguous frames of a CMA area. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/cma.h.
 */
public interface CmaTracepoints {
    /** Frames were given back to their area. */
    default void cmaRelease(String name, long pfn, long count) {}

    /** A request for frames of an area. {@code align}: an order. */
    default void cmaAllocStart(String name, long requestCount, long availableCount, long totalCount, int align) {}

    /** The end of {@link #cmaAllocStart}. {@code errorno}: 0, -12 when no place is left, or -16 when none could be emptied. */
    default void cmaAllocFinish(String name, long pfn, long count, int align, int errorno) {}

    /** A place cannot be emptied, and is passed over. */
    default void cmaAllocBusyRetry(String name, long pfn, long count, int align) {}
}
