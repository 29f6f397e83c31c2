package org.mm4j.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.mm4j.api.Gfp;

/**
 * The tracepoints of pages as events of the flight recorder, each off until a recording switches it on: see {@link
 * KernelConfig#hasEvents}.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h, mm_page_alloc, mm_page_free.
 */
final class PageEvents implements PageWatcher {
    /** A request for pages, also one that was in vain. */
    @Name("org.mm4j.mm_page_alloc")
    @Label("Page Allocation")
    @Category({"mm4j", "kmem"})
    @Description("A request for a block of pages")
    @Enabled(false)
    @StackTrace
    static final class PageAlloc extends Event {
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

    /** A block that is given back. */
    @Name("org.mm4j.mm_page_free")
    @Label("Page Free")
    @Category({"mm4j", "kmem"})
    @Description("A block of pages is given back")
    @Enabled(false)
    @StackTrace
    static final class PageFree extends Event {
        @Label("First Page Frame")
        long pfn;

        @Label("Order")
        int order;
    }

    @Override
    public void took(long pfn, int order, int gfp) {
        try {
            PageAlloc event = new PageAlloc();
            if (event.isEnabled()) {
                event.pfn = pfn;
                event.order = order;
                event.migratetype = Gfp.migrateType(gfp).ordinal();
                event.gfpFlags = Gfp.format(gfp);
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost: the block is taken, and must not get lost
        }
    }

    @Override
    public void freeing(long pfn, int order) {
        try {
            PageFree event = new PageFree();
            if (event.isEnabled()) {
                event.pfn = pfn;
                event.order = order;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost: the block is taken, and must not get lost
        }
    }
}
