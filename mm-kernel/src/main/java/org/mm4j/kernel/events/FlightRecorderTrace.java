package org.mm4j.kernel.events;

import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.Tracepoints;
import org.mm4j.api.ZoneType;

/**
 * Tracepoints that the flight recorder sees, each off until a recording switches it on. Then an event costs what the flight
 * recorder takes, and its text of flags some Java heap; until then a look at a flag. A kernel without events has no such
 * object.
 *
 * <p>Names and fields are the kernel's: {@code jfr print --events org.mm4j.kmalloc} shows {@code bytes_req}. In Linux 6.18:
 * include/trace/events. Differs: {@code call_site} is the event's stack.
 */
public final class FlightRecorderTrace implements Tracepoints {
    private static final int KIB_OF_PAGE = PageFrame.PAGE_SIZE >> 10;

    /** Off until a recording starts. */
    public FlightRecorderTrace() {}

    // Objects.

    @Override
    public void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node) {
        var event = new ObjectEvents.Kmalloc();
        if (event.isEnabled()) {
            event.ptr = ptr;
            event.bytesReq = bytesReq;
            event.bytesAlloc = bytesAlloc;
            event.gfpFlags = Gfp.format(gfp);
            event.node = node;
            event.commit();
        }
    }

    @Override
    public void kfree(long ptr) {
        var event = new ObjectEvents.Kfree();
        if (event.isEnabled()) {
            event.ptr = ptr;
            event.commit();
        }
    }

    @Override
    public void kmemCacheAlloc(long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node) {
        var event = new ObjectEvents.KmemCacheAlloc();
        if (event.isEnabled()) {
            event.ptr = ptr;
            event.name = name;
            event.bytesReq = bytesReq;
            event.bytesAlloc = bytesAlloc;
            event.gfpFlags = Gfp.format(gfp);
            event.node = node;
            event.commit();
        }
    }

    @Override
    public void kmemCacheFree(long ptr, String name) {
        var event = new ObjectEvents.KmemCacheFree();
        if (event.isEnabled()) {
            event.ptr = ptr;
            event.name = name;
            event.commit();
        }
    }

    // Pages.

    @Override
    public void mmPageAllocZoneLocked(long pfn, int order, int migratetype) {
        var event = new ZoneEvents.PageAllocZoneLocked();
        if (event.isEnabled()) {
            event.pfn = pfn;
            event.order = order;
            event.migratetype = migratetype;
            event.percpuRefill = 1;
            event.commit();
        }
    }

    @Override
    public void mmPagePcpuDrain(long pfn, int order, int migratetype) {
        var event = new ZoneEvents.PagePcpuDrain();
        if (event.isEnabled()) {
            event.pfn = pfn;
            event.order = order;
            event.migratetype = migratetype;
            event.commit();
        }
    }

    @Override
    public void mmPageAllocExtfrag(
            long pfn, int allocOrder, int fallbackOrder, int allocType, int fallbackType, boolean ownsBlock) {
        var event = new ZoneEvents.PageAllocExtfrag();
        if (event.isEnabled()) {
            event.pfn = pfn;
            event.allocOrder = allocOrder;
            event.fallbackOrder = fallbackOrder;
            event.pageblockOrder = PAGEBLOCK_ORDER;
            event.allocMigratetype = allocType;
            event.fallbackMigratetype = fallbackType;
            event.fragmenting = fallbackOrder < PAGEBLOCK_ORDER;
            event.changeOwnership = ownsBlock;
            event.commit();
        }
    }

    // Addresses.

    @Override
    public void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {
        var event = new VmallocEvents.AllocVmapArea();
        if (event.isEnabled()) {
            event.vaStart = vaStart;
            event.size = size;
            event.align = align;
            event.vstart = vstart;
            event.vend = vend;
            event.failed = failed;
            event.commit();
        }
    }

    @Override
    public void purgeVmapAreaLazy(long start, long end, int numPurged) {
        var event = new VmallocEvents.PurgeVmapAreaLazy();
        if (event.isEnabled()) {
            event.start = start;
            event.end = end;
            event.numPurged = numPurged;
            event.commit();
        }
    }

    @Override
    public void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {
        var event = new VmallocEvents.FreeVmapAreaNoflush();
        if (event.isEnabled()) {
            event.vaStart = vaStart;
            event.nrLazy = nrLazy;
            event.nrLazyMax = nrLazyMax;
            event.commit();
        }
    }

    // Percpu.

    @Override
    public void percpuAllocPercpu(PercpuArea area, boolean isReserved, boolean isAtomic, int gfp) {
        var event = new PercpuEvents.AllocPercpu();
        if (event.isEnabled()) {
            event.reserved = isReserved;
            event.isAtomic = isAtomic;
            event.size = area.size();
            event.align = area.align();
            event.baseAddr = area.base();
            event.off = area.off();
            event.ptr = area.ptr();
            event.bytesAlloc = area.bytesAlloc();
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    public void percpuAllocPercpuFail(boolean isReserved, boolean isAtomic, long size, long align) {
        var event = new PercpuEvents.AllocPercpuFail();
        if (event.isEnabled()) {
            event.reserved = isReserved;
            event.isAtomic = isAtomic;
            event.size = size;
            event.align = align;
            event.commit();
        }
    }

    @Override
    public void percpuFreePercpu(long base, int off, long ptr) {
        var event = new PercpuEvents.FreePercpu();
        if (event.isEnabled()) {
            event.baseAddr = base;
            event.off = off;
            event.ptr = ptr;
            event.commit();
        }
    }

    @Override
    public void percpuCreateChunk(long base) {
        var event = new PercpuEvents.CreateChunk();
        if (event.isEnabled()) {
            event.baseAddr = base;
            event.commit();
        }
    }

    @Override
    public void percpuDestroyChunk(long base) {
        var event = new PercpuEvents.DestroyChunk();
        if (event.isEnabled()) {
            event.baseAddr = base;
            event.commit();
        }
    }

    // Reclaim.

    @Override
    public void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {
        var event = new ReclaimEvents.WakeupKswapd();
        if (event.isEnabled()) {
            event.nid = nid;
            event.zid = zid.ordinal();
            event.order = order;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    public void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {
        var event = new ReclaimEvents.KswapdWake();
        if (event.isEnabled()) {
            event.nid = nid;
            event.zid = zid.ordinal();
            event.order = order;
            event.commit();
        }
    }

    @Override
    public void mmVmscanKswapdSleep(int nid) {
        var event = new ReclaimEvents.KswapdSleep();
        if (event.isEnabled()) {
            event.nid = nid;
            event.commit();
        }
    }

    @Override
    public void mmVmscanDirectReclaimBegin(int order, int gfp) {
        var event = new ReclaimEvents.DirectReclaimBegin();
        if (event.isEnabled()) {
            event.order = order;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    public void mmVmscanDirectReclaimEnd(long nrReclaimed) {
        var event = new ReclaimEvents.DirectReclaimEnd();
        if (event.isEnabled()) {
            event.nrReclaimed = nrReclaimed;
            event.commit();
        }
    }

    @Override
    public void mmShrinkSlabStart(
            String shrinker, int nid, long deferred, int gfp, long items, long delta, long totalScan, int priority) {
        var event = new ReclaimEvents.ShrinkSlabStart();
        if (event.isEnabled()) {
            event.shr = shrinker;
            event.nid = nid;
            event.nrObjectsToShrink = deferred;
            event.gfpFlags = Gfp.format(gfp);
            event.cacheItems = items;
            event.delta = delta;
            event.totalScan = totalScan;
            event.priority = priority;
            event.commit();
        }
    }

    @Override
    public void mmShrinkSlabEnd(String shrinker, int nid, long deferred, long totalScan, long freed) {
        var event = new ReclaimEvents.ShrinkSlabEnd();
        if (event.isEnabled()) {
            event.shr = shrinker;
            event.nid = nid;
            event.newScan = deferred;
            event.totalScan = totalScan;
            event.retval = freed;
            event.commit();
        }
    }

    @Override
    public void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {
        var event = new CompactionEvents.CompactionBegin();
        if (event.isEnabled()) {
            event.zoneStart = zoneStart;
            event.migratePfn = migratePfn;
            event.freePfn = freePfn;
            event.zoneEnd = zoneEnd;
            event.sync = sync;
            event.commit();
        }
    }

    @Override
    public void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {
        var event = new CompactionEvents.CompactionEnd();
        if (event.isEnabled()) {
            event.zoneStart = zoneStart;
            event.migratePfn = migratePfn;
            event.freePfn = freePfn;
            event.zoneEnd = zoneEnd;
            event.sync = sync;
            event.status = status;
            event.commit();
        }
    }

    @Override
    public void markVictim(String name, long pages, int oomScoreAdj) {
        var event = new ReclaimEvents.MarkVictim();
        if (event.isEnabled()) {
            event.comm = name;
            event.totalVm = pages * KIB_OF_PAGE;
            event.oomScoreAdj = oomScoreAdj;
            event.commit();
        }
    }
}
