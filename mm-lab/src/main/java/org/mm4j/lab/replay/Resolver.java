package org.mm4j.lab.replay;

import java.util.Map;
import java.util.TreeMap;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.trace.TraceEvent;
import org.mm4j.lab.trace.TraceEvent.CacheAlloc;
import org.mm4j.lab.trace.TraceEvent.CacheFree;
import org.mm4j.lab.trace.TraceEvent.Kfree;
import org.mm4j.lab.trace.TraceEvent.Kmalloc;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;
import org.mm4j.lab.trace.TraceEvent.PageFallback;
import org.mm4j.lab.trace.TraceEvent.PageFree;
import org.mm4j.lab.trace.TraceEvent.PageFreeBatched;
import org.mm4j.lab.trace.TraceEvent.PercpuAlloc;
import org.mm4j.lab.trace.TraceEvent.PercpuChunk;
import org.mm4j.lab.trace.TraceEvent.PercpuFailure;
import org.mm4j.lab.trace.TraceEvent.PercpuFree;
import org.mm4j.lab.trace.TraceEvent.VmapAlloc;
import org.mm4j.lab.trace.TraceEvent.VmapFree;
import org.mm4j.lab.trace.TraceEvent.VmapPurge;
import org.mm4j.lab.trace.TraceFormatException;
import org.mm4j.lab.trace.TraceSink;

/**
 * Makes a plan of a trace: finds, for every free, the allocation whose page it frees. A trace does not tell everything,
 * so that the resolver concludes:
 *
 * <ul>
 *   <li>a free of frames that are not live was allocated before the recording began: an unmatched free;
 *   <li>{@code mm_page_free_batched} stands beside {@code mm_page_free} for the same block, which is not live any more then.
 *       If it is, that event was lost, and this one is the free;
 *   <li>an allocation of frames that are live: their free was lost. They are freed first;
 *   <li>a free of a part of a block: the block was split before. So it is split here, and the part is freed;
 *   <li>a free of more than a block: it had been split, but its pieces are freed as one. Each is freed.
 * </ul>
 */
public final class Resolver implements TraceSink {
    /** A part of the Java heap that a plan may take. */
    private static final int HEAP_PARTS = 3;

    private final PlanBuilder plan;
    private final PercpuResolver percpu;
    private final LiveBlocks live = new LiveBlocks();
    private final long[] skipped = new long[SkipReason.values().length];
    private long applied;
    private long unmatchedFrees;
    private long lostFrees;
    private long mergedFrees;
    private long splits;
    private long pagesLive;
    private long pagesLivePeak;
    private long migrateTypesChecked;
    private long migrateTypesEqual;

    /** A resolver whose plan may take a third of the Java heap. */
    public Resolver() {
        this(Runtime.getRuntime().maxMemory() / HEAP_PARTS);
    }

    Resolver(long bytesMax) {
        plan = new PlanBuilder(bytesMax);
        percpu = new PercpuResolver(plan);
    }

    @Override
    public void event(TraceEvent event, int cpu, long nanos) throws TraceFormatException {
        switch (event) {
            case PageAlloc alloc -> pageAlloc(alloc, cpu);
            case PageFree free -> count(pageFree(free.pfn(), free.order(), cpu));
            case PageFreeBatched free -> pageFreeBatched(free.pfn(), cpu);
            case PageFallback ignored -> skip(SkipReason.FALLBACK_NOTE);
            case Kmalloc ignored -> skip(SkipReason.SLAB);
            case Kfree ignored -> skip(SkipReason.SLAB);
            case CacheAlloc ignored -> skip(SkipReason.SLAB);
            case CacheFree ignored -> skip(SkipReason.SLAB);
            case PercpuAlloc alloc -> percpuAlloc(alloc, cpu);
            case PercpuFree free -> count(percpu.free(free, cpu));
            case PercpuFailure ignored -> skip(SkipReason.FAILED_IN_RECORDING);
            case PercpuChunk ignored -> skip(SkipReason.PERCPU_CHUNK);
            case VmapAlloc ignored -> skip(SkipReason.VMALLOC);
            case VmapFree ignored -> skip(SkipReason.VMALLOC);
            case VmapPurge ignored -> skip(SkipReason.VMALLOC);
        }
        plan.checkRoom(live.bytes() + percpu.bytes());
    }

    /** The plan of all events so far. */
    public ReplayPlan plan() {
        Resolution resolution = new Resolution(
                applied,
                skippedByReason(),
                unmatchedFrees,
                lostFrees + percpu.lostFrees(),
                mergedFrees,
                splits,
                new Checked(migrateTypesChecked, migrateTypesEqual));
        return plan.build(live.toArray(), percpu.liveAreas(), pagesLivePeak, resolution);
    }

    private Map<String, Long> skippedByReason() {
        Map<String, Long> byReason = new TreeMap<>();
        for (SkipReason reason : SkipReason.values()) {
            if (skipped[reason.ordinal()] > 0) {
                byReason.put(reason.key(), skipped[reason.ordinal()]);
            }
        }
        return byReason;
    }

    private void pageAlloc(PageAlloc alloc, int cpu) {
        if (alloc.pfn() == PageFrame.NONE) {
            skip(SkipReason.FAILED_IN_RECORDING);
            return;
        }
        if (!checkMigrateType(alloc)) {
            skip(SkipReason.FLAGS_REFUSED);
            return;
        }
        lostFrees += freeWhatIsAt(alloc.pfn(), alloc.order(), cpu);
        int id = plan.newBlocks(1);
        plan.add(PlanOp.alloc(cpu, alloc.order(), alloc.gfp()), id);
        live.add(alloc.pfn(), LiveBlock.of(id, alloc.order(), Gfp.has(alloc.gfp(), Gfp.__GFP_COMP)));
        pagesLive += PageFrame.pages(alloc.order());
        pagesLivePeak = Math.max(pagesLivePeak, pagesLive);
        applied++;
    }

    private void percpuAlloc(PercpuAlloc alloc, int cpu) {
        if (!PercpuResolver.isServed(alloc)) {
            skip(SkipReason.FLAGS_REFUSED);
            return;
        }
        percpu.alloc(alloc, cpu);
        applied++;
    }

    /** Compares the mobility, where the flags are known; false when Linux 6.18 refuses the flags. */
    private boolean checkMigrateType(PageAlloc alloc) {
        try {
            Gfp.zone(alloc.gfp());
            int ours = Gfp.migrateType(alloc.gfp()).ordinal();
            if (alloc.gfpKnown()) {
                migrateTypesChecked++;
                migrateTypesEqual += ours == alloc.migrateType() ? 1 : 0;
            }
            return true;
        } catch (BadGfpException e) {
            return false;
        }
    }

    private void pageFreeBatched(long pfn, int cpu) {
        long head = live.headOf(pfn);
        if (head == PageFrame.NONE) {
            skip(SkipReason.BATCHED_DUPLICATE);
            return;
        }
        int order = head == pfn ? LiveBlock.order(live.get(pfn)) : 0;
        count(pageFree(pfn, order, cpu));
    }

    private void count(boolean isMatched) {
        applied += isMatched ? 1 : 0;
        unmatchedFrees += isMatched ? 0 : 1;
    }

    private void skip(SkipReason reason) {
        skipped[reason.ordinal()]++;
    }

    /** Frees 2<sup>order</sup> frames; false when none of them is live. */
    private boolean pageFree(long pfn, int order, int cpu) {
        long head = live.headOf(pfn);
        long block = head == PageFrame.NONE ? LiveBlock.NONE : live.get(head);
        if (block != LiveBlock.NONE && LiveBlock.order(block) > order) {
            split(head, block, order, cpu);
            freePieces(pfn, order, cpu);
            return true;
        }
        if (block != LiveBlock.NONE && LiveBlock.order(block) == order) {
            free(pfn, block, cpu);
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
            free(head, live.get(head), cpu);
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
                free(at, block, cpu);
                freed++;
            }
            at += block == LiveBlock.NONE ? 1 : PageFrame.pages(LiveBlock.order(block));
        }
        return freed;
    }

    private void free(long pfn, long block, int cpu) {
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
