package org.mm4j.kernel;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.slab.KmemCache;

/**
 * Says who holds a block of pages that cannot move: the cache of a slab, an arena, an area of vmalloc, page tables, or the label
 * under which the pages were taken. It walks what there is, so it is for reports; racy.
 *
 * <p>In Linux 6.18: dump_page() of mm/debug.c and dump_page_owner(), which tell why a page could not be isolated.
 *
 * @param parts of the kernel
 */
record PageHolders(KernelParts parts) {
    /** Who holds the block that begins at a pfn; empty when nobody knows. */
    String of(long pfn) {
        long start = parts.directMap.address(pfn);
        long end = start + bytes(pfn);
        String arena = parts.arenas.holder(start, end);
        if (!arena.isEmpty()) {
            return arena;
        }
        KmemCache cache = parts.slab.cacheOf(start);
        return cache == null ? ofArea(pfn) : "slabs of " + cache.name();
    }

    private long bytes(long pfn) {
        long endPfn = parts.memory.bytes() >>> PageFrame.PAGE_SHIFT;
        long pages = 1;
        while (pfn + pages < endPfn && parts.buddy.blockHead(pfn + pages) == pfn) {
            pages++;
        }
        return pages << PageFrame.PAGE_SHIFT;
    }

    private String ofArea(long pfn) {
        if (parts.vmalloc.isMade()) {
            VirtualAreaSnapshot area = parts.vmalloc.get().areaOfFrame(pfn);
            if (area != null) {
                return told(area);
            }
            if (parts.vmalloc.get().isPageTable(pfn)) {
                return "page tables of vmalloc";
            }
        }
        String label = parts.owners.labelOf(pfn);
        if (label.equals(KernelParts.SLABS)) {
            return "a large block of kmalloc";
        }
        return label.isEmpty() || label.equals(KernelParts.PERCPU) ? label : "'" + label + "'";
    }

    private String told(VirtualAreaSnapshot area) {
        String arena = parts.arenas.holder(area.address(), area.address() + area.bytes());
        return arena.isEmpty() ? inWords(area) : arena;
    }

    /** An area of vmalloc, for people. */
    static String inWords(VirtualAreaSnapshot area) {
        @Nullable String caller = area.caller().isEmpty() ? null : area.caller();
        return "the vmalloc area at 0x" + Long.toHexString(area.address()) + " of " + area.pages() + " pages"
                + (caller == null ? "" : ", taken by " + caller);
    }
}
