package org.mm4j.lab.trace;

/** Whoever wants the events of a trace, in the order of its lines. */
@FunctionalInterface
public interface TraceSink {
    /**
     * One event.
     *
     * @param cpu the CPU that printed it, 0 to {@link TraceReader#CPU_MAX}
     * @param nanos when, on the recording machine's clock
     * @throws TraceFormatException when the trace cannot be what it says
     */
    void event(TraceEvent event, int cpu, long nanos) throws TraceFormatException;
}
