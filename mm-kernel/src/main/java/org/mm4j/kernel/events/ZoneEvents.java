package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of zones, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
final class ZoneEvents {
    private ZoneEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "kmem"})
    @Enabled(false)
    @StackTrace
    abstract static class ZoneEvent extends Event {}

    /** A block leaves its zone. */
    @Name("org.mm4j.mm_page_alloc_zone_locked")
    @Label("Page Cache Refill")
    static final class PageAllocZoneLocked extends ZoneEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;

        @Label("Migrate Type")
        int migratetype;

        @Name("percpu_refill")
        @Label("Refills a Page Cache")
        int percpuRefill;
    }

    /** A block leaves a page cache. */
    @Name("org.mm4j.mm_page_pcpu_drain")
    @Label("Page Cache Drain")
    static final class PagePcpuDrain extends ZoneEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;

        @Label("Migrate Type")
        int migratetype;
    }

    /** A block of another migrate type serves a request. */
    @Name("org.mm4j.mm_page_alloc_extfrag")
    @Label("External Fragmentation")
    static final class PageAllocExtfrag extends ZoneEvent {
        @Label("First Page Frame")
        long pfn;

        @Name("alloc_order")
        @Label("Order")
        int allocOrder;

        @Name("fallback_order")
        @Label("Order of the Block")
        int fallbackOrder;

        @Name("pageblock_order")
        @Label("Order of a Pageblock")
        int pageblockOrder;

        @Name("alloc_migratetype")
        @Label("Migrate Type")
        int allocMigratetype;

        @Name("fallback_migratetype")
        @Label("Migrate Type of the Block")
        int fallbackMigratetype;

        @Label("Breaks up a Pageblock")
        boolean fragmenting;

        @Name("change_ownership")
        @Label("Pageblock has the Type Now")
        boolean changeOwnership;
    }
}
