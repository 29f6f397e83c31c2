package org.mm4j.kernel;

import org.mm4j.api.Gfp;
import org.mm4j.api.trace.PageTracepoints;

/**
 * Tells of pages that are taken and given back by a kernel's users and by its own parts.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, trace_mm_page_alloc(), trace_mm_page_free().
 *
 * @param trace who is told
 */
record TracedPages(PageTracepoints trace) implements PageWatcher {
    @Override
    public void took(long pfn, int order, int gfp) {
        trace.mmPageAlloc(pfn, order, Gfp.migrateType(gfp).ordinal(), gfp);
    }

    @Override
    public boolean wantsFrees() {
        return true;
    }

    @Override
    public void freeing(long pfn, int order) {
        trace.mmPageFree(pfn, order);
    }
}
