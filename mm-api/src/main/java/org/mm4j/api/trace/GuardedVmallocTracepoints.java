package org.mm4j.api.trace;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of addresses of vmalloc. */
interface GuardedVmallocTracepoints extends VmallocTracepoints {
    /** Who is told. */
    VmallocTracepoints told();

    @Override
    default void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {
        try {
            told().allocVmapArea(vaStart, size, align, vstart, vend, failed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void purgeVmapAreaLazy(long start, long end, int numPurged) {
        try {
            told().purgeVmapAreaLazy(start, end, numPurged);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {
        try {
            told().freeVmapAreaNoflush(vaStart, nrLazy, nrLazyMax);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
