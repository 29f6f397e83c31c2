package org.mm4j.kernel.events;

import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.OomTracepoints;
import org.mm4j.kernel.events.OomEvents.CompactRetry;
import org.mm4j.kernel.events.OomEvents.MarkVictim;
import org.mm4j.kernel.events.OomEvents.ReclaimRetryZone;

/** The part of {@link FlightRecorderTrace} that tells of the last resort. */
interface OomTrace extends OomTracepoints {
    int KIB_OF_PAGE = PageFrame.PAGE_SIZE >> 10;

    // Asked whether somebody records; to make an event for that would cost Java heap.
    MarkVictim MARK_VICTIM = new MarkVictim();
    ReclaimRetryZone RECLAIM_RETRY_ZONE = new ReclaimRetryZone();
    CompactRetry COMPACT_RETRY = new CompactRetry();

    @Override
    default void markVictim(String comm, long pages, int oomScoreAdj) {
        if (MARK_VICTIM.isEnabled()) {
            var event = new MarkVictim();
            event.comm = comm;
            event.totalVm = pages * KIB_OF_PAGE;
            event.oomScoreAdj = oomScoreAdj;
            event.commit();
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
        if (RECLAIM_RETRY_ZONE.isEnabled()) {
            var event = new ReclaimRetryZone();
            event.node = node;
            event.zoneIdx = zoneIdx.kernelName();
            event.order = order;
            event.reclaimable = reclaimable;
            event.available = available;
            event.minWmark = minWmark;
            event.noProgressLoops = noProgressLoops;
            event.wmarkCheck = wmarkCheck;
            event.commit();
        }
    }

    @Override
    default void compactRetry(int order, String priority, String result, int retries, int maxRetries, boolean ret) {
        if (COMPACT_RETRY.isEnabled()) {
            var event = new CompactRetry();
            event.order = order;
            event.priority = priority;
            event.result = result;
            event.retries = retries;
            event.maxRetries = maxRetries;
            event.ret = ret;
            event.commit();
        }
    }
}
