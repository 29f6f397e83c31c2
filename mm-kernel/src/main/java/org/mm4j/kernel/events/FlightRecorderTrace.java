package org.mm4j.kernel.events;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/**
 * Tracepoints that the flight recorder sees, each off until a recording switches it on. Then an event costs what the flight
 * recorder takes, and its text of flags some Java heap; until then a look at a flag. A kernel without events has no such
 * object. An event for which there is no Java heap is lost: whoever tells may hold a lock, and has taken what it tells of.
 *
 * <p>Names and fields are the kernel's: {@code jfr print --events org.mm4j.kmalloc} shows {@code bytes_req}. In Linux 6.18:
 * include/trace/events. Differs: {@code call_site} is the event's stack.
 */
public final class FlightRecorderTrace extends KmemTrace {
    private static final int KIB_OF_PAGE = PageFrame.PAGE_SIZE >> 10;

    /** Off until a recording starts. */
    public FlightRecorderTrace() {}

    // Addresses.

    @Override
    public void allocVmapArea(long vaStart, long size, long align, long vstart, long vend, boolean failed) {
        try {
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
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void purgeVmapAreaLazy(long start, long end, int numPurged) {
        try {
            var event = new VmallocEvents.PurgeVmapAreaLazy();
            if (event.isEnabled()) {
                event.start = start;
                event.end = end;
                event.numPurged = numPurged;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void freeVmapAreaNoflush(long vaStart, long nrLazy, long nrLazyMax) {
        try {
            var event = new VmallocEvents.FreeVmapAreaNoflush();
            if (event.isEnabled()) {
                event.vaStart = vaStart;
                event.nrLazy = nrLazy;
                event.nrLazyMax = nrLazyMax;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    // Percpu.

    @Override
    public void percpuAllocPercpu(PercpuArea area, boolean isReserved, boolean isAtomic, int gfp) {
        try {
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
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void percpuAllocPercpuFail(boolean isReserved, boolean isAtomic, long size, long align) {
        try {
            var event = new PercpuEvents.AllocPercpuFail();
            if (event.isEnabled()) {
                event.reserved = isReserved;
                event.isAtomic = isAtomic;
                event.size = size;
                event.align = align;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void percpuFreePercpu(long base, int off, long ptr) {
        try {
            var event = new PercpuEvents.FreePercpu();
            if (event.isEnabled()) {
                event.baseAddr = base;
                event.off = off;
                event.ptr = ptr;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void percpuCreateChunk(long base) {
        try {
            var event = new PercpuEvents.CreateChunk();
            if (event.isEnabled()) {
                event.baseAddr = base;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void percpuDestroyChunk(long base) {
        try {
            var event = new PercpuEvents.DestroyChunk();
            if (event.isEnabled()) {
                event.baseAddr = base;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    // Reclaim.

    @Override
    public void mmVmscanWakeupKswapd(int nid, ZoneType zid, int order, int gfp) {
        try {
            var event = new ReclaimEvents.WakeupKswapd();
            if (event.isEnabled()) {
                event.nid = nid;
                event.zid = zid.ordinal();
                event.order = order;
                event.gfpFlags = Gfp.format(gfp);
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmVmscanKswapdWake(int nid, ZoneType zid, int order) {
        try {
            var event = new ReclaimEvents.KswapdWake();
            if (event.isEnabled()) {
                event.nid = nid;
                event.zid = zid.ordinal();
                event.order = order;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmVmscanKswapdSleep(int nid) {
        try {
            var event = new ReclaimEvents.KswapdSleep();
            if (event.isEnabled()) {
                event.nid = nid;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmVmscanDirectReclaimBegin(int order, int gfp) {
        try {
            var event = new ReclaimEvents.DirectReclaimBegin();
            if (event.isEnabled()) {
                event.order = order;
                event.gfpFlags = Gfp.format(gfp);
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmVmscanDirectReclaimEnd(long nrReclaimed) {
        try {
            var event = new ReclaimEvents.DirectReclaimEnd();
            if (event.isEnabled()) {
                event.nrReclaimed = nrReclaimed;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmShrinkSlabStart(
            String shrinker, int nid, long deferred, int gfp, long items, long delta, long totalScan, int priority) {
        try {
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
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmShrinkSlabEnd(String shrinker, int nid, long deferred, long totalScan, long freed) {
        try {
            var event = new ReclaimEvents.ShrinkSlabEnd();
            if (event.isEnabled()) {
                event.shr = shrinker;
                event.nid = nid;
                event.newScan = deferred;
                event.totalScan = totalScan;
                event.retval = freed;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {
        try {
            var event = new CompactionEvents.CompactionBegin();
            if (event.isEnabled()) {
                event.zoneStart = zoneStart;
                event.migratePfn = migratePfn;
                event.freePfn = freePfn;
                event.zoneEnd = zoneEnd;
                event.sync = sync;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {
        try {
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
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }

    @Override
    public void markVictim(String name, long pages, int oomScoreAdj) {
        try {
            var event = new ReclaimEvents.MarkVictim();
            if (event.isEnabled()) {
                event.comm = name;
                event.totalVm = pages * KIB_OF_PAGE;
                event.oomScoreAdj = oomScoreAdj;
                event.commit();
            }
        } catch (OutOfMemoryError _) {
            // the event is lost
        }
    }
}
