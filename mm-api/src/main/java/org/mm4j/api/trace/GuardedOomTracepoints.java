package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of the last resort. */
interface GuardedOomTracepoints extends OomTracepoints {
    /** Who is told. */
    OomTracepoints told();

    @Override
    default void markVictim(String comm, long pages, int oomScoreAdj) {
        try {
            told().markVictim(comm, pages, oomScoreAdj);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void reclaimRetryZone(
            int node,
            ZoneType zoneIdx,
            int order,
            long reclaimable,
            long available,
            long minWmark,
            int noProgressLoops,
            boolean wmarkCheck) {
        try {
            told().reclaimRetryZone(
                            node, zoneIdx, order, reclaimable, available, minWmark, noProgressLoops, wmarkCheck);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void compactRetry(int order, String priority, String result, int retries, int maxRetries, boolean ret) {
        try {
            told().compactRetry(order, priority, result, retries, maxRetries, ret);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
