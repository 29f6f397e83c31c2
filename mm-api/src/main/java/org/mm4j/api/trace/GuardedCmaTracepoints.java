package org.mm4j.api.trace;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of CMA. */
interface GuardedCmaTracepoints extends CmaTracepoints {
    /** Who is told. */
    CmaTracepoints told();

    @Override
    default void cmaRelease(String name, long pfn, long count) {
        try {
            told().cmaRelease(name, pfn, count);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void cmaAllocStart(String name, long requestCount, long availableCount, long totalCount, int align) {
        try {
            told().cmaAllocStart(name, requestCount, availableCount, totalCount, align);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void cmaAllocFinish(String name, long pfn, long count, int align, int errorno) {
        try {
            told().cmaAllocFinish(name, pfn, count, align, errorno);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void cmaAllocBusyRetry(String name, long pfn, long count, int align) {
        try {
            told().cmaAllocBusyRetry(name, pfn, count, align);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
