package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/**
 * Tracepoints of requests that find no memory, and who is ended for them. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/oom.h.
 */
public interface OomTracepoints {
    /** Somebody is ended for memory. {@code pages}: what he has. */
    default void markVictim(String comm, long pages, int oomScoreAdj) {}

    /**
     * Whether a zone could serve a request if everything that can be reclaimed were.
     *
     * @param available free pages and those that can be reclaimed
     */
    default void reclaimRetryZone(
            int node,
            ZoneType zoneIdx,
            int order,
            long reclaimable,
            long available,
            long minWmark,
            int noProgressLoops,
            boolean wmarkCheck) {}

    /**
     * Whether a request compacts once more.
     *
     * @param priority of the next run
     * @param result of the last run
     */
    default void compactRetry(int order, String priority, String result, int retries, int maxRetries, boolean ret) {}
}
