package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of contiguous frames of a CMA area, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/cma.h.
 */
final class CmaEvents {
    private CmaEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "cma"})
    @Enabled(false)
    @StackTrace
    abstract static class CmaEvent extends Event {}

    /** Frames were given back to their area. */
    @Name("org.mm4j.cma_release")
    @Label("CMA Release")
    static final class CmaRelease extends CmaEvent {
        @Label("Area")
        String name = "";

        @Label("First Page Frame")
        long pfn;

        @Label("Pages")
        long count;
    }

    /** A request for contiguous frames. */
    @Name("org.mm4j.cma_alloc_start")
    @Label("CMA Request")
    static final class CmaAllocStart extends CmaEvent {
        @Label("Area")
        String name = "";

        @Name("request_count")
        @Label("Pages")
        long requestCount;

        @Name("available_count")
        @Label("Pages Nobody Has")
        long availableCount;

        @Name("total_count")
        @Label("Pages of the Area")
        long totalCount;

        @Label("Order of the Alignment")
        int align;
    }

    /** How a request for contiguous frames ended. */
    @Name("org.mm4j.cma_alloc_finish")
    @Label("CMA Request Ends")
    static final class CmaAllocFinish extends CmaEvent {
        @Label("Area")
        String name = "";

        @Label("First Page Frame")
        long pfn;

        @Label("Pages")
        long count;

        @Label("Order of the Alignment")
        int align;

        @Label("Error")
        int errorno;
    }

    /** A place that could not be emptied is passed over. */
    @Name("org.mm4j.cma_alloc_busy_retry")
    @Label("CMA Place is Busy")
    static final class CmaAllocBusyRetry extends CmaEvent {
        @Label("Area")
        String name = "";

        @Label("First Page Frame")
        long pfn;

        @Label("Pages")
        long count;

        @Label("Order of the Alignment")
        int align;
    }
}
