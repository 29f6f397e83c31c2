package org.mm4j.kernel.events;

import org.mm4j.api.trace.CmaTracepoints;
import org.mm4j.kernel.events.CmaEvents.CmaAllocBusyRetry;
import org.mm4j.kernel.events.CmaEvents.CmaAllocFinish;
import org.mm4j.kernel.events.CmaEvents.CmaAllocStart;
import org.mm4j.kernel.events.CmaEvents.CmaRelease;

/** The part of {@link FlightRecorderTrace} that tells of CMA. */
interface CmaTrace extends CmaTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    CmaRelease CMA_RELEASE = new CmaRelease();
    CmaAllocStart CMA_ALLOC_START = new CmaAllocStart();
    CmaAllocFinish CMA_ALLOC_FINISH = new CmaAllocFinish();
    CmaAllocBusyRetry CMA_ALLOC_BUSY_RETRY = new CmaAllocBusyRetry();

    @Override
    default void cmaRelease(String name, long pfn, long count) {
        if (CMA_RELEASE.isEnabled()) {
            var event = new CmaRelease();
            event.name = name;
            event.pfn = pfn;
            event.count = count;
            event.commit();
        }
    }

    @Override
    default void cmaAllocStart(String name, long requestCount, long availableCount, long totalCount, int align) {
        if (CMA_ALLOC_START.isEnabled()) {
            var event = new CmaAllocStart();
            event.name = name;
            event.requestCount = requestCount;
            event.availableCount = availableCount;
            event.totalCount = totalCount;
            event.align = align;
            event.commit();
        }
    }

    @Override
    default void cmaAllocFinish(String name, long pfn, long count, int align, int errorno) {
        if (CMA_ALLOC_FINISH.isEnabled()) {
            var event = new CmaAllocFinish();
            event.name = name;
            event.pfn = pfn;
            event.count = count;
            event.align = align;
            event.errorno = errorno;
            event.commit();
        }
    }

    @Override
    default void cmaAllocBusyRetry(String name, long pfn, long count, int align) {
        if (CMA_ALLOC_BUSY_RETRY.isEnabled()) {
            var event = new CmaAllocBusyRetry();
            event.name = name;
            event.pfn = pfn;
            event.count = count;
            event.align = align;
            event.commit();
        }
    }
}
