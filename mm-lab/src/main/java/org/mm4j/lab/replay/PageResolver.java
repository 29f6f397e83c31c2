package org.mm4j.lab.replay;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;

/**
 * The part of the {@link Resolver} that finds, for every block of pages that is freed, its allocation.
 *
 * <p>The pages behind recorded objects are not replayed, since the slab layer of the replaying kernel takes its own. A slab's
 * page is known by the flags that only mm/slub.c, allocate_slab(), asks with; the block of a large kmalloc by the event
 * of the kmalloc, which follows on the same CPU.
 */
final class PageResolver {
    /** What a slab's request always has. */
    private static final int OF_SLABS = Gfp.__GFP_COMP | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY;

    /** What it may have: what it takes over from the request for an object, and of its cache. */
    private static final int MAYBE_OF_SLABS = OF_SLABS
            | Gfp.__GFP_RECLAIM
            | Gfp.__GFP_IO
            | Gfp.__GFP_FS
            | Gfp.__GFP_HIGH
            | Gfp.__GFP_RETRY_MAYFAIL
            | Gfp.__GFP_MEMALLOC
            | Gfp.__GFP_NOMEMALLOC
            | Gfp.__GFP_HARDWALL
            | Gfp.__GFP_THISNODE
            | Gfp.__GFP_RECLAIMABLE
            | Gfp.__GFP_DMA
            | Gfp.__GFP_DMA32;

    private final PlanBuilder plan;
    private final LiveBlocks live = new LiveBlocks();

    /** Blocks that are not replayed. */
    private final LiveBlocks behindObjects = new LiveBlocks();

    /** The last block that was taken, if nothing else came after it on its CPU. */
    private long lastPfn;

    private int lastCpu;
    private int lastStep;

    private long lostFrees;
    private long mergedFrees;
    private long splits;
    private long pagesLive;
    private long pagesLivePeak;

    PageResolver(PlanBuilder plan) {
        this.plan = plan;
    }

    /** Takes a block; false when it is a slab's. */
    boolean alloc(PageAlloc alloc, int cpu) {
        lostFrees += freeWhatIsAt(alloc.pfn(), alloc.order(), cpu);
        forgetWhatIsAt(alloc.pfn(), alloc.order());
        boolean isCompound = Gfp.has(alloc.gfp(), Gfp.__GFP_COMP);
        if (isOfSlab(alloc.gfp())) {
            behindObjects.add(alloc.pfn(), LiveBlock.of(0, alloc.order(), isCompound));
            return false;
        }
        int id = plan.newBlocks(1);
        lastStep = plan.add(PlanOp.alloc(cpu, alloc.order(), alloc.gfp()), id);
        lastPfn = alloc.pfn();
        lastCpu = cpu;
        live.add(alloc.pfn(), LiveBlock.of(id, alloc.order(), isCompound));
        pagesLive += PageFrame.pages(alloc.order());
        pagesLivePeak = Math.max(pagesLivePeak, pagesLive);
        return true;
    }

    static boolean isOfSlab(int gfp) {
        return (gfp & OF_SLABS) == OF_SLABS && (gfp & ~MAYBE_OF_SLABS) == 0;
    }

    /** A large kmalloc: whether the block that was taken last is the one behind it, and is not replayed therefore. */
    boolean isBehind(long bytes, int cpu) {
        long block = lastPfn == PageFrame.NONE ? LiveBlock.NONE : live.get(lastPfn);
        boolean isBehind = block != LiveBlock.NONE
                && lastCpu == cpu
                && LiveBlock.isCompound(block)
                && PageFrame.pages(LiveBlock.order(block)) << PageFrame.PAGE_SHIFT == bytes;
        if (isBehind) {
            plan.drop(lastStep);
            live.remove(lastPfn);
            behindObjects.add(lastPfn, block);
            pagesLive -= PageFrame.pages(LiveBlock.order(block));
            lastPfn = PageFrame.NONE;
        }
        return isBehind;
    }

    /** Whether a block is behind objects; then it is forgotten. */
    boolean wasBehindObjects(long pfn) {
        boolean was = behindObjects.get(pfn) != LiveBlock.NONE;
        if (was) {
            behindObjects.remove(pfn);
        }
        return was;
    }

    private void forgetWhatIsAt(long pfn, int order) {
        long head = behindObjects.headOf(pfn);
        if (head != PageFrame.NONE) {
            behindObjects.remove(head);
        }
        for (long at = pfn; at < pfn + PageFrame.pages(order); at++) {
            wasBehindObjects(at);
        }
    }

    /** The order with which the block that holds a frame would be freed; -1 when it is not live. */
    int orderAt(long pfn) {
        long head = live.headOf(pfn);
        if (head == PageFrame.NONE) {
            return -1;
        }
        return head == pfn ? LiveBlock.order(live.get(pfn)) : 0;
    }

    long lostFrees() {
        return lostFrees;
    }

    long mergedFrees() {
        return mergedFrees;
    }

    long splits() {
        return splits;
    }

    long pagesLivePeak() {
        return pagesLivePeak;
    }

    long bytes() {
        return live.bytes() + behindObjects.bytes();
    }

    long[] liveBlocks() {
        return live.toArray();
    }

    /** Frees 2<sup>order</sup> frames; false when none of them is live. */
    boolean free(long pfn, int order, int cpu) {
        long head = live.headOf(pfn);
        long block = head == PageFrame.NONE ? LiveBlock.NONE : live.get(head);
        if (block != LiveBlock.NONE && LiveBlock.order(block) > order) {
            split(head, block, order, cpu);
            freePieces(pfn, order, cpu);
            return true;
        }
        if (block != LiveBlock.NONE && LiveBlock.order(block) == order) {
            freeBlock(pfn, block, cpu);
            return true;
        }
        boolean isMerged = freePieces(pfn, order, cpu) > 0;
        mergedFrees += isMerged ? 1 : 0;
        return isMerged;
    }

    /** Frees every block that shares a frame with the one that is to be allocated; returns how many. */
    private int freeWhatIsAt(long pfn, int order, int cpu) {
        long head = live.headOf(pfn);
        if (head != PageFrame.NONE && LiveBlock.order(live.get(head)) > order) {
            freeBlock(head, live.get(head), cpu);
            return 1;
        }
        return freePieces(pfn, order, cpu);
    }

    /** Frees every block within 2<sup>order</sup> frames; returns how many. */
    private int freePieces(long pfn, int order, int cpu) {
        int freed = 0;
        long end = pfn + PageFrame.pages(order);
        for (long at = pfn; at < end; ) {
            long block = live.get(at);
            if (block != LiveBlock.NONE) {
                freeBlock(at, block, cpu);
                freed++;
            }
            at += block == LiveBlock.NONE ? 1 : PageFrame.pages(LiveBlock.order(block));
        }
        return freed;
    }

    private void freeBlock(long pfn, long block, int cpu) {
        int order = LiveBlock.order(block);
        live.remove(pfn);
        plan.add(PlanOp.free(cpu, order), LiveBlock.id(block));
        pagesLive -= PageFrame.pages(order);
    }

    /** Splits a block so that a piece of {@code order} can be freed. */
    private void split(long head, long block, int order, int cpu) {
        int oldOrder = LiveBlock.order(block);
        boolean compound = LiveBlock.isCompound(block);
        int newOrder = compound ? order : 0;
        int pieces = 1 << (oldOrder - newOrder);
        int first = plan.newBlocks(pieces);
        int kind = compound ? PlanOp.SPLIT_COMPOUND : PlanOp.SPLIT_PAGE;
        plan.add(PlanOp.split(kind, cpu, oldOrder, newOrder, first), LiveBlock.id(block));
        live.remove(head);
        for (int piece = 0; piece < pieces; piece++) {
            live.add(
                    head + ((long) piece << newOrder), LiveBlock.of(first + piece, newOrder, compound && newOrder > 0));
        }
        splits++;
    }
}
