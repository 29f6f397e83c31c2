package org.mm4j.kernel.events;

import org.mm4j.api.trace.Tracepoints;

/**
 * Tracepoints that the flight recorder sees, each off until a recording switches it on. Then an event costs what the flight
 * recorder takes, and its text of flags some Java heap; until then a look at a flag. A kernel without events has no such
 * object.
 *
 * <p>Names and fields are the kernel's: {@code jfr print --events org.mm4j.kmalloc} shows {@code bytes_req}. In Linux 6.18:
 * include/trace/events. Differs: {@code call_site} is the event's stack.
 */
public final class FlightRecorderTrace
        implements Tracepoints,
                ObjectTrace,
                PageTrace,
                VmallocTrace,
                PercpuTrace,
                ReclaimTrace,
                OomTrace,
                CompactionTrace,
                CmaTrace {
    /** Off until a recording starts. */
    public FlightRecorderTrace() {}
}
