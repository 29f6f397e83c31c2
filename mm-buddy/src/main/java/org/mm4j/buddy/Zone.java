package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_ORDER_NR_PAGES;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SpinLock;
import org.mm4j.api.trace.Tracepoints;

/**
 * One zone of one node: its free lists and everything that one lock guards.
 *
 * <p>Blocks change hands under the lock only: from a free list to a user (the word becomes IN_USE), from a user to the
 * free lists (GOING becomes FREE), and from one size to another. So whoever holds the lock sees every frame of the zone
 * in exactly one place. Between lock and unlock nothing blocks and nothing is allocated on the Java heap.
 *
 * <p>In Linux 6.18: {@code struct zone}; mm/page_alloc.c, rmqueue_buddy(), free_one_page(), rmqueue_bulk().
 */
final class Zone {
    static final int NONE = FreeAreas.NONE;

    private static final int HIGHATOMIC = MigrateType.HIGHATOMIC.ordinal();

    private final SpinLock lock = new SpinLock(LockRank.ZONE);
    private final ZoneExtent extent;
    private final int nid;
    private volatile ZoneSizes sizes;
    private volatile ZoneSpan span;
    private final MemMap map;
    private final PageBlocks blocks;
    private final FreeAreas areas;
    private final ZoneCounters counters = new ZoneCounters();
    private final ZoneMarks marks;
    private final Buddies buddies;
    private final Fallback fallback;
    private final HighAtomic highAtomic;
    private final @Nullable PageCache cache;
    private final boolean groupsByMobility;
    private final Tracepoints trace;

    /** A zone without free frames. */
    Zone(ZoneExtent extent, ZoneSizes sizes, BuddyConfig config, MemMap map, PageBlocks blocks, boolean grouping) {
        this.extent = extent;
        nid = extent.nid();
        groupsByMobility = grouping;
        trace = config.trace();
        this.sizes = sizes;
        span = ZoneSpan.of(extent, blocks);
        this.map = map;
        this.blocks = blocks;
        areas = new FreeAreas(map, extent.firstListHead());
        marks = new ZoneMarks(sizes, config.settings().watermarkBoostFactor());
        buddies = new Buddies(map, blocks, areas, counters, extent.startFrame(), extent.endFrame(), trace);
        fallback = new Fallback(map, blocks, areas, counters, buddies, marks, grouping, trace);
        highAtomic = new HighAtomic(blocks, areas, counters, buddies, sizes.pagesManaged());
        PageCache.Maker maker = config.pageCaches();
        cache = maker == null ? null : maker.over(new CachedZone(this), sizes.pageSet());
    }

    // Taking.

    /**
     * Takes one block, with one reference.
     *
     * @param wanted the word of the block in use
     * @param flags of {@link AllocFlags}
     * @param hit whether this is the node that was asked for
     * @param local whether it is the caller's node
     * @return its first frame, or {@link #NONE}
     */
    int take(long wanted, int flags, boolean hit, boolean local) {
        lock.lock();
        try {
            int frame = takeLocked(FrameWord.order(wanted), FrameWord.type(wanted), flags);
            if (frame != NONE) {
                map.setWordOpaque(frame, wanted);
                counters.countAllocations(1, hit, local);
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }

    private int takeLocked(int order, int type, int flags) {
        int frame = (flags & AllocFlags.HIGHATOMIC) != 0 ? buddies.take(order, HIGHATOMIC) : NONE;
        if (frame == NONE) {
            frame = fallback.takeFirst(order, type, flags);
        }
        if (frame == NONE && (flags & (AllocFlags.OOM | AllocFlags.NON_BLOCK)) != 0) {
            frame = buddies.take(order, HIGHATOMIC);
        }
        return frame;
    }

    /**
     * Takes single frames under one hold of the lock, and puts the complements of their pfns into empty places.
     *
     * @param wanted the word of each
     * @param from the place to begin at
     * @return how many were taken; fewer than {@code most} when the zone or the places are at their end
     */
    int takeBulk(long wanted, int flags, long[] pfns, int from, int most, boolean local) {
        lock.lock();
        try {
            int type = FrameWord.type(wanted);
            int taken = 0;
            for (int at = from; at < pfns.length && taken < most; at++) {
                if (pfns[at] != PageFrame.NONE) {
                    continue;
                }
                int frame = taken == 0 ? fallback.takeFirst(0, type, flags) : fallback.takeNext(0, type, flags);
                if (frame == NONE) {
                    break;
                }
                map.setWordOpaque(frame, wanted);
                pfns[at] = ~map.pfn(frame);
                taken++;
            }
            counters.countAllocations(taken, true, local);
            return taken;
        } finally {
            lock.unlock();
        }
    }

    // Giving back.

    /** Frees a block that is GOING. */
    void free(int frame, int order) {
        lock.lock();
        try {
            buddies.free(frame, order, false);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Frees a block that is GOING. If it so becomes part of a block that is large enough for a request, the request has it
     * at once. In Linux: compaction_capture().
     */
    void freeFor(int frame, int order, @Nullable CompactRequest request) {
        lock.lock();
        try {
            buddies.free(frame, order, false);
            if (request != null && !request.hasCaptured()) {
                capture(map.blockHead(frame), request);
            }
        } finally {
            lock.unlock();
        }
    }

    private void capture(int head, CompactRequest request) {
        int order = FrameWord.order(map.wordOpaque(head));
        int type = blocks.type(head);
        boolean isOfOtherMobility = request.order() < PageFrame.PAGEBLOCK_ORDER && type != request.type();
        if (order < request.order() || type >= MigrateType.PCPTYPES || isOfOtherMobility) {
            return;
        }
        buddies.takeFrom(head, order, request.order(), type);
        map.setWordOpaque(head, request.wanted());
        counters.countAllocations(1, true, true);
        request.capture(head);
    }

    /**
     * Takes free blocks of a pageblock off their lists, for compaction: in use, with one reference. A pageblock that is
     * wholly free is left alone, and so is what the minimum watermark needs. In Linux: isolate_freepages_block().
     *
     * @param pagesWanted when so many were taken, it is enough
     * @return whether something may be left
     */
    boolean takeFreeBlocks(int blockStart, FreeStock stock, int pagesWanted) {
        long pagesBefore = stock.pages();
        long enough = pagesBefore + pagesWanted;
        int end = blockStart + PageFrame.PAGEBLOCK_NR_PAGES;
        int stop;
        lock.lock();
        try {
            stop = takeFreeBlocksLocked(blockStart, end, stock, enough);
        } finally {
            lock.unlock();
        }
        long pagesTaken = stock.pages() - pagesBefore;
        trace.mmCompactionIsolateFreepages(map.pfn(blockStart), map.pfn(stop), stop - blockStart, pagesTaken);
        return stop < end && stock.pages() >= enough;
    }

    /** Returns the frame at which it stopped. */
    private int takeFreeBlocksLocked(int blockStart, int end, FreeStock stock, long enough) {
        int type = blocks.type(blockStart);
        int frame = blockStart;
        for (; frame < end; frame += buddies.framesAt(frame)) {
            long word = map.wordOpaque(frame);
            int order = FrameWord.order(word);
            if (FrameWord.state(word) != FrameWord.FREE) {
                continue;
            }
            if (order >= PageFrame.PAGEBLOCK_ORDER || stock.pages() >= enough || !mayLeave(order)) {
                return frame;
            }
            stock.reserve();
            areas.remove(frame, order, type);
            counters.accountFree(-(1 << order), type);
            map.setWordOpaque(frame, FrameWord.inUse(order, order > 0, 1, MigrateType.MOVABLE.ordinal()));
            stock.add(frame, order);
        }
        return end;
    }

    private boolean mayLeave(int order) {
        long mark = marks.unboosted(AllocFlags.WMARK_MIN) + (1L << order);
        return WatermarkTest.passes(this, 0, mark, 0, AllocFlags.CMA);
    }

    /** Frees the frames from {@code frame} on that are GOING, each of order 0, up to {@code endFrame}. */
    void freeSingles(int frame, int endFrame) {
        lock.lock();
        try {
            for (int each = frame; each < endFrame; each++) {
                if (FrameWord.state(map.wordOpaque(each)) == FrameWord.GOING) {
                    buddies.free(each, 0, false);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** At boot: the frames from {@code startFrame} to {@code endFrame} become free, in the largest blocks that fit. */
    void freeAtBoot(int startFrame, int endFrame) {
        lock.lock();
        try {
            freeReserved(startFrame, endFrame);
        } finally {
            lock.unlock();
        }
    }

    /** Reserved frames become free. Needs the lock. */
    void freeReserved(int startFrame, int endFrame) {
        for (int frame = startFrame; frame < endFrame; ) {
            int order = largestOrder(frame, endFrame);
            for (int each = frame; each < frame + (1 << order); each++) {
                map.setWordOpaque(each, FrameWord.INTERIOR);
            }
            buddies.free(frame, order, true);
            frame += 1 << order;
        }
    }

    /** The largest block that begins at the frame and ends before {@code endFrame}. */
    static int largestOrder(int frame, int endFrame) {
        int byAlignment = Integer.numberOfTrailingZeros(frame | MAX_ORDER_NR_PAGES);
        int bySize = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(endFrame - frame);
        return Math.min(byAlignment, bySize);
    }

    // Its size, which changes with memory blocks, one at a time.

    /** Other watermarks and reserves, as another zone or this one has changed. */
    void resize(ZoneSizes next) {
        lock.lock();
        try {
            change(span, next);
        } finally {
            lock.unlock();
        }
    }

    /** Another span and what follows from it. Needs the lock. */
    void change(ZoneSpan nextSpan, ZoneSizes next) {
        span = nextSpan;
        sizes = next;
        marks.set(next);
        highAtomic.setPagesManaged(next.pagesManaged());
    }

    // Reserves.

    /** Reserves the pageblock of a block that a HIGHATOMIC request got. */
    void reserveHighAtomic(int frame, int order) {
        if (!highAtomic.hasRoom()) {
            return;
        }
        lock.lock();
        try {
            highAtomic.reserve(frame, order);
        } finally {
            lock.unlock();
        }
    }

    /** Gives one reserved pageblock to {@code type}; {@code last} says whether even the last one may go. */
    boolean unreserveHighAtomic(int type, boolean last) {
        lock.lock();
        try {
            return highAtomic.unreserve(type, last);
        } finally {
            lock.unlock();
        }
    }

    /** Gives all cached blocks back, and waits for those that are being put in. */
    void drainCache() {
        if (cache != null) {
            cache.drain();
        }
    }

    /** Whether blocks are cached. Racy: those that are being put in may not be seen. */
    boolean hasCachedPages() {
        return cache != null && cache.pagesCached() > 0;
    }

    // Parts. What they change needs the lock.

    ZoneExtent extent() {
        return extent;
    }

    int nid() {
        return nid;
    }

    ZoneSizes sizes() {
        return sizes;
    }

    /** Which part of the zone is there. Exact under the lock. */
    ZoneSpan span() {
        return span;
    }

    /** Whether it has pages to hand out, or may have some later. */
    boolean mayServe() {
        return sizes.pagesManaged() > 0 || span.pagesPresent() < extent.pagesPresent();
    }

    SpinLock lock() {
        return lock;
    }

    MemMap map() {
        return map;
    }

    PageBlocks blocks() {
        return blocks;
    }

    FreeAreas areas() {
        return areas;
    }

    ZoneCounters counters() {
        return counters;
    }

    ZoneMarks marks() {
        return marks;
    }

    Buddies buddies() {
        return buddies;
    }

    Fallback fallback() {
        return fallback;
    }

    boolean groupsByMobility() {
        return groupsByMobility;
    }

    /** Who is told of it. */
    Tracepoints trace() {
        return trace;
    }

    /** What is in front of the zone, or null. */
    @Nullable
    PageCache cache() {
        return cache;
    }
}
