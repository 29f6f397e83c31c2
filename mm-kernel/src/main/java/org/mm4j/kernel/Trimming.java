package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheSnapshot;

/**
 * Gives memory back, from the top down: what arenas, caches and page caches keep becomes free blocks, and the host gets the
 * bytes of these. Frames are taken while the host gets their bytes, so that nobody else has them: whole pageblocks one at a
 * time, and then what is free beside frames in use, of which the watermarks may refuse some.
 */
final class Trimming {
    /** Smaller blocks are not worth a call of the host each. */
    private static final int ORDER_MIN = 4;

    private static final int BLOCKS_MAX = 256;
    private static final int ORDER_PAGEBLOCK = 9;
    private static final int PAGEBLOCK_NR_PAGES = 1 << ORDER_PAGEBLOCK;
    private static final int CACHES_TOLD = 8;

    /** Nobody is woken and nothing reclaimed, and of movable blocks first, for those stay what they are. */
    private static final int GFP = Gfp.__GFP_MOVABLE | Gfp.__GFP_HIGHMEM | Gfp.__GFP_NOWARN | Gfp.__GFP_COMP;

    private Trimming() {}

    static TrimReport trim(KernelParts parts) {
        MemoryUsage before = MemoryUsage.of(parts);
        parts.arenas.trim();
        parts.kmalloc.kfreeRcuWork();
        parts.slab.caches().forEach(KmemCache::shrink);
        if (parts.vmalloc.isMade()) {
            parts.vmalloc.get().vmUnmapAliases();
        }
        parts.buddy.drainAllPages();
        boolean isTaken = punchPageblocks(parts);
        for (int order = ORDER_PAGEBLOCK - 1; isTaken && order >= ORDER_MIN; order--) {
            punchBlocks(parts, order);
        }
        parts.buddy.drainAllPages();
        MemoryUsage after = MemoryUsage.of(parts);
        long returned = Math.max(0, before.bytesCommitted() - after.bytesCommitted());
        return new TrimReport(returned, before, after, pins(parts, after));
    }

    /** Pageblocks that are free as a whole; false when the host takes nothing. */
    private static boolean punchPageblocks(KernelParts parts) {
        for (ZoneSnapshot zone : PageCounts.zones(parts).toList()) {
            long end = zone.startPfn() + zone.pagesSpanned() - PAGEBLOCK_NR_PAGES;
            long start = zone.startPfn() + PAGEBLOCK_NR_PAGES - 1 & -PAGEBLOCK_NR_PAGES;
            for (long pfn = start; pfn <= end; pfn += PAGEBLOCK_NR_PAGES) {
                if (isFree(parts, pfn) && !punchPageblock(parts, pfn)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isFree(KernelParts parts, long pageblock) {
        for (int page = 0; page < PAGEBLOCK_NR_PAGES; page++) {
            if (parts.buddy.pageCount(pageblock + page) > 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean punchPageblock(KernelParts parts, long pfn) {
        if (!parts.buddy.allocContigRange(pfn, pfn + PAGEBLOCK_NR_PAGES, GFP)) {
            return true; // somebody was faster
        }
        try {
            return parts.memoryFront.punchHole(
                    pfn << PageFrame.PAGE_SHIFT, (long) PAGEBLOCK_NR_PAGES << PageFrame.PAGE_SHIFT);
        } finally {
            parts.buddy.freeContigRange(pfn, PAGEBLOCK_NR_PAGES);
        }
    }

    /** Takes free blocks of an order, all at once, so that each is punched once; others find larger ones meanwhile. */
    private static void punchBlocks(KernelParts parts, int order) {
        long[] taken = new long[BLOCKS_MAX];
        int count = 0;
        try {
            while (count < BLOCKS_MAX && isThere(parts, order)) {
                long pfn = parts.buddy.allocPages(GFP, order);
                if (pfn == PageFrame.NONE) {
                    return;
                }
                taken[count++] = pfn;
                if (!parts.memoryFront.punchHole(pfn << PageFrame.PAGE_SHIFT, (long) PageFrame.PAGE_SIZE << order)) {
                    return; // the host takes nothing
                }
            }
        } finally {
            Arrays.stream(taken, 0, count).forEach(pfn -> parts.buddy.freePages(pfn, order));
        }
    }

    /** Whether a block of just this order is free, so that none has to be split. */
    private static boolean isThere(KernelParts parts, int order) {
        return PageCounts.zones(parts).anyMatch(zone -> zone.freeBlocks().blocks(order) > 0);
    }

    private static List<String> pins(KernelParts parts, MemoryUsage usage) {
        List<String> pins = new ArrayList<>();
        add(pins, usage.pagesUsers(), "users of pages, arenas and areas of vmalloc");
        parts.owners.live().stream()
                .filter(owner -> !owner.label().equals(KernelParts.SLABS)
                        && !owner.label().equals(KernelParts.PERCPU)) // see below
                .limit(CACHES_TOLD)
                .forEach(owner -> pins.add("  " + owner));
        parts.arenas.live().stream().limit(CACHES_TOLD).forEach(arena -> pins.add("  " + arena));
        parts.vmalloc.areas().stream()
                .filter(area -> area.pages() > 0)
                .sorted(Comparator.comparingLong(VirtualAreaSnapshot::pages).reversed())
                .limit(CACHES_TOLD)
                .forEach(area -> pins.add("  " + PageHolders.inWords(area)));
        parts.slab.snapshot().stream()
                .filter(cache -> cache.slabs() > 0)
                .sorted(Comparator.comparingLong(Trimming::pages).reversed())
                .limit(CACHES_TOLD)
                .forEach(cache -> add(
                        pins,
                        pages(cache),
                        cache.objectsActive() - cache.objectsKept() + " objects of " + cache.name()));
        add(pins, usage.pagesPercpu(), "units of the percpu allocator");
        add(pins, usage.pagesTables(), "page tables");
        add(pins, pagesOfSmallBlocks(parts), "free blocks below 64 KiB, which are not worth a call of the host each");
        add(pins, usage.pagesReserve(), "reserves of the watermarks, which stay free");
        return pins;
    }

    private static long pagesOfSmallBlocks(KernelParts parts) {
        return PageCounts.zones(parts)
                .mapToLong(zone -> IntStream.range(0, ORDER_MIN)
                        .mapToLong(order -> zone.freeBlocks().blocks(order) << order)
                        .sum())
                .sum();
    }

    private static long pages(KmemCacheSnapshot cache) {
        return cache.slabs() << cache.layout().order();
    }

    private static void add(List<String> pins, long pages, String who) {
        if (pages > 0) {
            pins.add(pages + " pages: " + who);
        }
    }
}
