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
    /** The largest kmalloc that is an object of a cache. */
    private static final int KMALLOC_CACHE_BYTES_MAX = 8192;

    /** A cache whose name is not in the trace; caches of one size share it. */
    private static final String NAMELESS = "nameless";

    /** A part of the Java heap that a plan may take. */
    private static final int HEAP_PARTS = 3;

    private final PlanBuilder plan;
    private final PercpuResolver percpu;
    private final PageResolver pages;
    private final ObjectResolver objects;
    private final VmapResolver vmaps;
    private final long[] skipped = new long[SkipReason.values().length];
    private long applied;
    private long unmatchedFrees;
    private long migrateTypesChecked;
    private long migrateTypesEqual;

    /** A resolver whose plan may take a third of the Java heap. */
    public Resolver() {
        this(Runtime.getRuntime().maxMemory() / HEAP_PARTS);
    }

    Resolver(long bytesMax) {
        plan = new PlanBuilder(bytesMax);
        pages = new PageResolver(plan);
        percpu = new PercpuResolver(plan);
        objects = new ObjectResolver(plan);
        vmaps = new VmapResolver(plan);
    }

    @Override
    public void event(TraceEvent event, int cpu, long nanos) throws TraceFormatException {
        switch (event) {
            case PageAlloc alloc -> pageAlloc(alloc, cpu);
            case PageFree free -> pageFree(free.pfn(), free.order(), cpu);
            case PageFreeBatched free -> pageFreeBatched(free.pfn(), cpu);
            case PageFallback ignored -> skip(SkipReason.FALLBACK_NOTE);
            case Kmalloc alloc -> kmalloc(alloc, cpu);
            case Kfree free -> kfree(free.ptr(), cpu);
            case CacheAlloc alloc -> cacheAlloc(alloc, cpu);
            case CacheFree free -> count(objects.cacheFree(free.ptr(), cpu));
            case PercpuAlloc alloc -> percpuAlloc(alloc, cpu);
            case PercpuFree free -> count(percpu.free(free, cpu));
            case PercpuFailure ignored -> skip(SkipReason.FAILED_IN_RECORDING);
            case PercpuChunk ignored -> skip(SkipReason.PERCPU_CHUNK);
            case VmapAlloc alloc -> vmapAlloc(alloc, cpu);
            case VmapFree free -> count(vmaps.free(free, cpu));
            case VmapPurge ignored -> vmapPurge(cpu);
        }
        plan.checkRoom(pages.bytes() + percpu.bytes() + objects.bytes() + vmaps.bytes());
    }

    /** The plan of all events so far. */
    public ReplayPlan plan() {
        Resolution resolution = new Resolution(
                applied,
                skippedByReason(),
                unmatchedFrees,
                pages.lostFrees() + percpu.lostFrees() + objects.lostFrees() + vmaps.lostFrees(),
                pages.mergedFrees(),
                pages.splits(),
                new Checked(migrateTypesChecked, migrateTypesEqual));
        PlanRest rest = new PlanRest(pages.liveBlocks(), percpu.liveAreas(), objects.liveObjects(), vmaps.liveAreas());
        PlanPeaks peaks = new PlanPeaks(pages.pagesLivePeak(), objects.bytesLivePeak());
        return plan.build(rest, objects.requests(), vmaps.requests(), peaks, resolution);
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
        if (pages.alloc(alloc, cpu)) {
            applied++;
        } else {
            skip(SkipReason.SLAB_PAGE);
        }
    }

    private void pageFree(long pfn, int order, int cpu) {
        if (pages.wasBehindObjects(pfn)) {
            skip(SkipReason.SLAB_PAGE);
        } else {
            count(pages.free(pfn, order, cpu));
        }
    }

    private void kmalloc(Kmalloc alloc, int cpu) {
        if (alloc.ptr() != 0
                && alloc.bytesAllocated() > KMALLOC_CACHE_BYTES_MAX
                && pages.isBehind(alloc.bytesAllocated(), cpu)) {
            applied--;
            skip(SkipReason.SLAB_PAGE);
        }
        objectAlloc("", alloc.ptr(), alloc.bytesRequested(), alloc.bytesAllocated(), alloc.gfp(), cpu);
    }

    private void cacheAlloc(CacheAlloc alloc, int cpu) {
        String name = alloc.cache().isEmpty() ? NAMELESS : alloc.cache();
        objectAlloc(name, alloc.ptr(), alloc.bytesRequested(), alloc.bytesAllocated(), alloc.gfp(), cpu);
    }

    private void objectAlloc(String cache, long ptr, long bytes, long bytesAllocated, int gfp, int cpu) {
        ObjectRequest request = ObjectResolver.request(cache, bytes, bytesAllocated, gfp);
        if (ptr == 0) {
            skip(SkipReason.FAILED_IN_RECORDING);
        } else if (request == null) {
            skip(SkipReason.FLAGS_REFUSED);
        } else {
            objects.alloc(request, ptr, cpu);
            applied++;
        }
    }

    private void kfree(long ptr, int cpu) {
        if (ptr == 0) {
            skip(SkipReason.NULL_FREE);
        } else {
            count(objects.kfree(ptr, cpu));
        }
    }

    private void percpuAlloc(PercpuAlloc alloc, int cpu) {
        if (!PercpuResolver.isServed(alloc)) {
            skip(SkipReason.FLAGS_REFUSED);
            return;
        }
        percpu.alloc(alloc, cpu);
        applied++;
    }

    private void vmapAlloc(VmapAlloc alloc, int cpu) {
        VmapRequest request = new VmapRequest(alloc.bytes(), alloc.align());
        if (alloc.failed()) {
            skip(SkipReason.FAILED_IN_RECORDING);
        } else if (!request.isServed()) {
            skip(SkipReason.FLAGS_REFUSED);
        } else {
            vmaps.alloc(request, alloc.start(), cpu);
            applied++;
        }
    }

    private void vmapPurge(int cpu) {
        vmaps.purge(cpu);
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
        int order = pages.orderAt(pfn);
        if (order < 0) {
            skip(SkipReason.BATCHED_DUPLICATE);
        } else {
            pageFree(pfn, order, cpu);
        }
    }

    private void count(boolean isMatched) {
        applied += isMatched ? 1 : 0;
        unmatchedFrees += isMatched ? 0 : 1;
    }

    private void skip(SkipReason reason) {
        skipped[reason.ordinal()]++;
    }
}
