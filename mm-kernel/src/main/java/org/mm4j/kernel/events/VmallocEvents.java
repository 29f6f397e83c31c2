package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of addresses of vmalloc, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/vmalloc.h.
 */
final class VmallocEvents {
    private VmallocEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "vmalloc"})
    @Enabled(false)
    @StackTrace
    abstract static class VmallocEvent extends Event {}

    /** An attempt to find addresses. */
    @Name("org.mm4j.alloc_vmap_area")
    @Label("Address Allocation")
    static final class AllocVmapArea extends VmallocEvent {
        @Name("va_start")
        @Label("Start")
        @MemoryAddress
        long vaStart;

        @Label("Bytes")
        long size;

        @Label("Alignment")
        long align;

        @Label("From")
        @MemoryAddress
        long vstart;

        @Label("To")
        @MemoryAddress
        long vend;

        @Label("Failed")
        boolean failed;
    }

    /** Freed addresses are usable again. */
    @Name("org.mm4j.purge_vmap_area_lazy")
    @Label("Address Purge")
    static final class PurgeVmapAreaLazy extends VmallocEvent {
        @Label("Start")
        @MemoryAddress
        long start;

        @Label("End")
        @MemoryAddress
        long end;

        @Name("num_purged")
        @Label("Areas")
        int numPurged;
    }

    /** Addresses wait for a purge. */
    @Name("org.mm4j.free_vmap_area_noflush")
    @Label("Address Free")
    static final class FreeVmapAreaNoflush extends VmallocEvent {
        @Name("va_start")
        @Label("Start")
        @MemoryAddress
        long vaStart;

        @Name("nr_lazy")
        @Label("Pages Waiting")
        long nrLazy;

        @Name("nr_lazy_max")
        @Label("Pages That May Wait")
        long nrLazyMax;
    }
}
