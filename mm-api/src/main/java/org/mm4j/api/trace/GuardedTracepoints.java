package org.mm4j.api.trace;

/**
 * Tells somebody, and drops whatever he throws, be it an {@link OutOfMemoryError}: who is told of a page has no part in it,
 * and the page must not get lost. Such an event is lost.
 *
 * <p>In Linux 6.18: nothing; a probe cannot throw.
 */
public final class GuardedTracepoints
        implements Tracepoints,
                GuardedObjectTracepoints,
                GuardedPageTracepoints,
                GuardedVmallocTracepoints,
                GuardedPercpuTracepoints,
                GuardedReclaimTracepoints,
                GuardedOomTracepoints,
                GuardedCompactionTracepoints,
                GuardedCmaTracepoints {
    private final Tracepoints told;

    private GuardedTracepoints(Tracepoints told) {
        this.told = told;
    }

    /** The same, guarded; {@link Tracepoints#NONE} stays itself. */
    public static Tracepoints of(Tracepoints told) {
        return told.equals(NONE) || told instanceof GuardedTracepoints ? told : new GuardedTracepoints(told);
    }

    @Override
    public Tracepoints told() {
        return told;
    }
}
