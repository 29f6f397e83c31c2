package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of pages, free lists and page caches, and the sizes of zones, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
final class PageEvents {
    private PageEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "kmem"})
    @Enabled(false)
    @StackTrace
    abstract static class PageEvent extends Event {}

    /** A request for pages, also one that was in vain. */
    @Name("org.mm4j.mm_page_alloc")
    @Label("Page Allocation")
    static final class PageAlloc extends PageEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;

        @Label("Migrate Type")
        int migratetype;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";
    }

    /** A block leaves a free list. */
    @Name("org.mm4j.mm_page_alloc_zone_locked")
    @Label("Block Leaves a Free List")
    static final class PageAllocZoneLocked extends PageEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;

        @Label("Migrate Type")
        int migratetype;

        @Name("percpu_refill")
        @Label("May be Cached")
        boolean percpuRefill;
    }

    /** A block that is given back. */
    @Name("org.mm4j.mm_page_free")
    @Label("Page Free")
    static final class PageFree extends PageEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;
    }

    /** A block that comes or goes. */
    abstract static class CachedBlock extends PageEvent {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;

        @Label("Migrate Type")
        int migratetype;
    }

    /** A block leaves a page cache. */
    @Name("org.mm4j.mm_page_pcpu_drain")
    @Label("Page Cache Drain")
    static final class PagePcpuDrain extends CachedBlock {}

    /** A block comes into a page cache. */
    @Name("org.mm4j.mm_page_pcpu_refill")
    @Label("Page Cache Refill")
    static final class PagePcpuRefill extends CachedBlock {}

    /** A block of another migrate type serves a request. */
    @Name("org.mm4j.mm_page_alloc_extfrag")
    @Label("External Fragmentation")
    static final class PageAllocExtfrag extends PageEvent {
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

    /** A zone has other watermarks. */
    @Name("org.mm4j.mm_setup_per_zone_wmarks")
    @Label("Watermarks")
    static final class SetupPerZoneWmarks extends PageEvent {
        @Name("node_id")
        @Label("Node")
        int nodeId;

        @Label("Zone")
        String name = "";

        @Name("watermark_min")
        @Label("Minimum")
        long watermarkMin;

        @Name("watermark_low")
        @Label("Low")
        long watermarkLow;

        @Name("watermark_high")
        @Label("High")
        long watermarkHigh;

        @Name("watermark_promo")
        @Label("Promotion")
        long watermarkPromo;
    }

    /** A zone keeps pages from requests for a higher zone. */
    @Name("org.mm4j.mm_setup_per_zone_lowmem_reserve")
    @Label("Lowmem Reserve")
    static final class SetupPerZoneLowmemReserve extends PageEvent {
        @Name("node_id")
        @Label("Node")
        int nodeId;

        @Label("Zone")
        String name = "";

        @Name("upper_name")
        @Label("Upper Zone")
        String upperName = "";

        @Name("lowmem_reserve")
        @Label("Pages")
        long lowmemReserve;
    }

    /** What ordinary requests do not get. */
    @Name("org.mm4j.mm_calculate_totalreserve_pages")
    @Label("Total Reserve")
    static final class CalculateTotalreservePages extends PageEvent {
        @Name("totalreserve_pages")
        @Label("Pages")
        long totalreservePages;
    }
}
