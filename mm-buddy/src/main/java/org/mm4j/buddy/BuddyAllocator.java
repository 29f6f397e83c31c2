package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NONE;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.FrameZeroing;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.trace.Tracepoints;

/**
 * The zoned buddy allocator of page frames. It needs 8 bytes of Java heap a frame, and no memory behind the frames.
 *
 * <p>Any thread may call any method. An allocation or a free takes one zone lock for some tens of nanoseconds;
 * references are counted without locks.
 *
 * <p>In Linux 6.18: mm/page_alloc.c. Differs: every bad call is refused with its reason, where the kernel corrupts,
 * warns or leaks.
 */
public final class BuddyAllocator implements PageAllocator {
    private final BuddyConfig config;
    private final Zones zones;
    private final MemMap map;
    private final AllocPath path;
    private final References references;
    private final ExactPages exactPages;
    private final BulkPages bulkPages;
    private final ContigRanges contigRanges;
    private final MemoryBlocks blocks;
    private final Compaction compaction;
    private final Migration migration;
    private final MovableOwners owners = new MovableOwners();
    private final Snapshots snapshots;
    private final @Nullable FrameZeroing zeroing;
    private final GfpContext context;

    /**
     * An allocator whose frames are all free.
     *
     * @throws IllegalArgumentException when zones overlap, or the frames are more than one allocator can have
     */
    public BuddyAllocator(BuddyConfig config) {
        this.config = config;
        zones = new Zones(config);
        map = zones.map();
        references = new References(map, zones);
        migration = new Migration(map, references, owners);
        compaction = new Compaction(zones.populated(), migration, config);
        path = new AllocPath(zones, config, compaction);
        exactPages = new ExactPages(zones, references);
        bulkPages = new BulkPages(path, references, config);
        Evacuation evacuation = new Evacuation(zones, path, references, migration, config.faults());
        contigRanges = new ContigRanges(zones, evacuation);
        blocks = new MemoryBlocks(zones, evacuation, config);
        snapshots = new Snapshots(zones, config);
        zeroing = config.zeroing();
        context = config.context();
    }

    /** An allocator of {@code frames} numbers, from {@link BuddyConfig#FIRST_PFN} on: see {@link BuddyConfig#ofFrames}. */
    public static BuddyAllocator ofFrames(long frames) {
        return new BuddyAllocator(BuddyConfig.ofFrames(frames));
    }

    // Taking and giving back.

    @Override
    public long allocPages(int gfp, int order, int nid) {
        if (isTooLarge(gfp, order)) {
            return NONE;
        }
        checkZeroing(gfp);
        int frame = path.take(context.effective(gfp), order, node(nid));
        return frame == AllocPath.NONE ? NONE : zeroed(map.pfn(frame), order, PageFrame.pages(order), gfp);
    }

    @Override
    public void freePages(long pfn, int order) {
        references.free(pfn, order);
    }

    @Override
    public void splitPage(long pfn, int order) {
        exactPages.split(pfn, order);
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        exactPages.splitCompound(pfn, newOrder);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        int order = PageFrame.order(bytes);
        int unfit = gfp & (Gfp.__GFP_COMP | Gfp.__GFP_HIGHMEM);
        if (unfit != 0) {
            config.log().warnOnce("exact", "allocPagesExact ignores " + Gfp.format(unfit));
        }
        int fit = gfp & ~unfit;
        if (isTooLarge(fit, order)) {
            return NONE;
        }
        checkZeroing(fit);
        int frame = path.take(context.effective(fit), order, node(NO_NODE));
        if (frame == AllocPath.NONE) {
            return NONE;
        }
        int pages = (int) PageFrame.pagesFor(bytes);
        long pfn = zeroed(map.pfn(frame), order, pages, fit);
        Cutting.trim(zones.zoneOf(frame), frame, pages);
        return pfn;
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("exact pages have at least 1 byte, not " + bytes);
        }
        exactPages.freeExact(pfn, PageFrame.pagesFor(bytes));
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        checkZeroing(gfp);
        return bulkPages.fill(context.effective(gfp), node(nid), pfns, this);
    }

    // References.

    @Override
    public void getPage(long pfn) {
        getPage(pfn, 1);
    }

    @Override
    public void getPage(long pfn, int count) {
        References.checkCount(count);
        if (!references.tryGet(pfn, count)) {
            throw Refusal.ofFrame(map, pfn);
        }
    }

    @Override
    public boolean tryGetPage(long pfn) {
        return references.tryGet(pfn);
    }

    @Override
    public void putPage(long pfn, int count) {
        References.checkCount(count);
        references.put(pfn, count);
    }

    @Override
    public void putPage(long pfn) {
        references.put(pfn);
    }

    @Override
    public int pageCount(long pfn) {
        return references.count(pfn);
    }

    // Contiguous ranges.

    /** Makes an owner known, so that its blocks can be moved. Its number is for {@link #setMovable}. */
    public int registerOwner(MovableOwner owner) {
        int number = owners.register(owner);
        config.pressure().movableOwnerCame();
        return number;
    }

    /** Has somebody's books follow the blocks that are moved. Called once, before anything moves. */
    public void setBooks(FrameBooks books) {
        migration.setBooks(books);
    }

    /** Says that the owner with this number, 0 for nobody, can move a block, single or compound; other numbers are refused. */
    public void setMovable(long pfn, int owner) {
        if (owner < 0 || owner > owners.count()) {
            throw new IllegalArgumentException("there are owners 1 to " + owners.count() + ", and no number " + owner);
        }
        references.setOwner(pfn, owner);
    }

    /**
     * Takes exactly the frames from {@code startPfn} to {@code endPfn} − 1, of any number; movable blocks among them are
     * moved away. Their pageblocks must be whole in one zone. Give the frames back by {@link #freeContigRange}.
     *
     * @param gfp for the frames to which blocks move
     * @return false when some frame is reserved, held by somebody who cannot move, or being taken by such a call already
     * @throws IllegalArgumentException when the range is empty, outside, or not in one zone
     */
    public boolean allocContigRange(long startPfn, long endPfn, int gfp) {
        FrameRange range = new FrameRange(startPfn, endPfn);
        if (!map.contains(startPfn) || !map.contains(endPfn - 1)) {
            throw new IllegalArgumentException("pfn " + range.startPfn() + " to " + range.endPfn()
                    + " is refused: the allocator has pfn " + map.firstPfn() + " to " + (map.pfn(map.frames()) - 1));
        }
        return contigRanges.take(map.frame(startPfn), map.frame(endPfn - 1) + 1, context.effective(gfp));
    }

    /** Gives back {@code pages} frames from {@code startPfn} on; all of them or, when one is refused by name, none. */
    public void freeContigRange(long startPfn, long pages) {
        exactPages.free(startPfn, pages);
    }

    /** Its memory in blocks, which can go offline and come back while it runs. */
    public MemoryBlocks blocks() {
        return blocks;
    }

    /** Makes pageblocks, all of whose frames are in use, into such that only movable pages and CMA areas use. */
    void makeCma(long startPfn, long endPfn) {
        contigRanges.makeCma(map.frame(startPfn), map.frame(endPfn - 1) + 1);
    }

    // Compaction.

    /**
     * Moves everything that its owner can move in the zones of a node together, so that the rest is free in large blocks. In
     * Linux: /proc/sys/vm/compact_memory.
     */
    public void compactMemory(int nid) {
        compaction.compactAll(node(nid));
    }

    /**
     * Does the same, as far as it is needed, when free memory is too scattered: what a background thread calls every half a
     * second. In Linux: proactive compaction, vm.compaction_proactiveness.
     *
     * @param proactiveness 0: never; 20, the kernel's default: when less than a tenth of the free memory is in whole
     *     pageblocks, until it is a fifth; 100: always
     * @return whether it was too scattered
     */
    public boolean compactProactively(int nid, int proactiveness) {
        return compaction(nid).compactProactively(proactiveness, () -> false);
    }

    /** How much of the free memory of a node is not in whole pageblocks, in percent. In Linux: fragmentation_score_node(). */
    public int fragmentationScore(int nid) {
        return compaction.score(node(nid));
    }

    /** Compaction of a node that no request waits for. */
    public NodeCompaction compaction(int nid) {
        return new NodeCompaction(compaction, node(nid));
    }

    /** How many blocks their owners moved, and how often one refused, since the allocator was made. */
    public MigrationCounts migrations() {
        return migration.counts();
    }

    // Page caches.

    /** Gives all cached blocks back to their zones. In Linux: drain_all_pages(). */
    public void drainAllPages() {
        zones.populated().forEach(Zone::drainCache);
    }

    /** What a periodic worker does: page caches that have become too large shrink a little. In Linux: vmstat_update(). */
    public void decayPageCaches() {
        for (Zone zone : zones.populated()) {
            PageCache cache = zone.cache();
            if (cache != null) {
                cache.decay();
            }
        }
    }

    // Looking.

    /** Who is told of what happens. */
    Tracepoints trace() {
        return config.trace();
    }

    /** How many nodes it has. */
    public int nodes() {
        return zones.nodes();
    }

    /** How far the zones of a node are from their watermarks, for whoever reclaims. */
    public NodeBalance balance(int nid) {
        return new NodeBalance(zones, node(nid));
    }

    @Override
    public long blockHead(long pfn) {
        if (!map.contains(pfn)) {
            throw Refusal.ofFrame(map, pfn);
        }
        return map.pfn(map.blockHead(map.frame(pfn)));
    }

    @Override
    public int nodeOf(long pfn) {
        if (!map.contains(pfn)) {
            throw Refusal.ofFrame(map, pfn);
        }
        return zones.zoneAt(map.frame(pfn)).nid();
    }

    /** All nodes and zones at this moment; each zone is exact, between zones others may run. */
    public List<NodeSnapshot> snapshot() {
        return snapshots.ofNodes();
    }

    /** Walks every frame and every free list, zone by zone under its lock, and says what is broken. Empty: nothing. */
    public List<String> validate() {
        List<String> findings = new ArrayList<>();
        for (Zone zone : zones.populated()) {
            findings.addAll(new ZoneCheck(zone).findings());
        }
        return findings;
    }

    /** From now on calls that name a pfn are refused. What is free stays free: whoever takes it is up to the context. */
    public void close() {
        map.close();
    }

    /** Bytes of Java heap that the words of the frames take. */
    public long metadataBytesUsed() {
        return map.bytesUsed();
    }

    /** The parts, for tests in this package. */
    Zones zones() {
        return zones;
    }

    private boolean isTooLarge(int gfp, int order) {
        if (order < 0) {
            throw new IllegalArgumentException("orders are 0 to " + MAX_PAGE_ORDER + ", not " + order);
        }
        if (order > MAX_PAGE_ORDER && (gfp & Gfp.__GFP_NOWARN) == 0) {
            config.log().warnOnce("order", "no block has order " + order + "; the largest is " + MAX_PAGE_ORDER);
        }
        return order > MAX_PAGE_ORDER;
    }

    private void checkZeroing(int gfp) {
        if (zeroing == null && (gfp & Gfp.__GFP_ZERO) != 0) {
            throw new BadGfpException(gfp, "this allocator has frames without memory, which nobody can zero");
        }
    }

    private int node(int nid) {
        int node = nid == NO_NODE ? config.callerNode().getAsInt() : nid;
        if (node < 0 || node >= zones.nodes()) {
            throw new IllegalArgumentException("there are nodes 0 to " + (zones.nodes() - 1) + ", and no " + node);
        }
        return node;
    }

    /** Zeroes a new block if the request wants it; a block that cannot be zeroed goes back. */
    private long zeroed(long pfn, int order, long pages, int gfp) {
        if (zeroing != null && (gfp & Gfp.__GFP_ZERO) != 0) {
            boolean done = false;
            try {
                zeroing.zero(pfn, pages);
                done = true;
            } finally {
                if (!done) {
                    references.free(pfn, order);
                }
            }
        }
        return pfn;
    }
}
