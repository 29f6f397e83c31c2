package org.mm4j.kernel.events;

import org.mm4j.api.Gfp;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.CompactionTracepoints;
import org.mm4j.kernel.events.CompactionEvents.CompactionBegin;
import org.mm4j.kernel.events.CompactionEvents.CompactionEnd;
import org.mm4j.kernel.events.CompactionEvents.DeferCompaction;
import org.mm4j.kernel.events.CompactionEvents.DeferReset;
import org.mm4j.kernel.events.CompactionEvents.Deferral;
import org.mm4j.kernel.events.CompactionEvents.Deferred;
import org.mm4j.kernel.events.CompactionEvents.Finished;
import org.mm4j.kernel.events.CompactionEvents.IsolateFreepages;
import org.mm4j.kernel.events.CompactionEvents.IsolateMigratepages;
import org.mm4j.kernel.events.CompactionEvents.Isolated;
import org.mm4j.kernel.events.CompactionEvents.KcompactdRequest;
import org.mm4j.kernel.events.CompactionEvents.KcompactdSleep;
import org.mm4j.kernel.events.CompactionEvents.KcompactdWake;
import org.mm4j.kernel.events.CompactionEvents.Migratepages;
import org.mm4j.kernel.events.CompactionEvents.Suitable;
import org.mm4j.kernel.events.CompactionEvents.TryToCompactPages;
import org.mm4j.kernel.events.CompactionEvents.WakeupKcompactd;
import org.mm4j.kernel.events.CompactionEvents.ZoneResult;

/** The part of {@link FlightRecorderTrace} that tells of compaction. */
interface CompactionTrace extends CompactionTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    IsolateMigratepages ISOLATE_MIGRATEPAGES = new IsolateMigratepages();
    IsolateFreepages ISOLATE_FREEPAGES = new IsolateFreepages();
    Migratepages MIGRATEPAGES = new Migratepages();
    CompactionBegin COMPACTION_BEGIN = new CompactionBegin();
    CompactionEnd COMPACTION_END = new CompactionEnd();
    TryToCompactPages TRY_TO_COMPACT_PAGES = new TryToCompactPages();
    Finished FINISHED = new Finished();
    Suitable SUITABLE = new Suitable();
    Deferred DEFERRED = new Deferred();
    DeferCompaction DEFER_COMPACTION = new DeferCompaction();
    DeferReset DEFER_RESET = new DeferReset();
    KcompactdSleep KCOMPACTD_SLEEP = new KcompactdSleep();
    WakeupKcompactd WAKEUP_KCOMPACTD = new WakeupKcompactd();
    KcompactdWake KCOMPACTD_WAKE = new KcompactdWake();

    @Override
    default void mmCompactionIsolateMigratepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {
        if (ISOLATE_MIGRATEPAGES.isEnabled()) {
            isolated(new IsolateMigratepages(), startPfn, endPfn, nrScanned, nrTaken);
        }
    }

    @Override
    default void mmCompactionIsolateFreepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {
        if (ISOLATE_FREEPAGES.isEnabled()) {
            isolated(new IsolateFreepages(), startPfn, endPfn, nrScanned, nrTaken);
        }
    }

    @Override
    default void mmCompactionMigratepages(long nrMigrated, long nrFailed) {
        if (MIGRATEPAGES.isEnabled()) {
            var event = new Migratepages();
            event.nrMigrated = nrMigrated;
            event.nrFailed = nrFailed;
            event.commit();
        }
    }

    @Override
    default void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {
        if (COMPACTION_BEGIN.isEnabled()) {
            var event = new CompactionBegin();
            event.zoneStart = zoneStart;
            event.migratePfn = migratePfn;
            event.freePfn = freePfn;
            event.zoneEnd = zoneEnd;
            event.sync = sync;
            event.commit();
        }
    }

    @Override
    default void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {
        if (COMPACTION_END.isEnabled()) {
            var event = new CompactionEnd();
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
    default void mmCompactionTryToCompactPages(int order, int gfp, int prio) {
        if (TRY_TO_COMPACT_PAGES.isEnabled()) {
            var event = new TryToCompactPages();
            event.order = order;
            event.gfpMask = Gfp.format(gfp);
            event.prio = prio;
            event.commit();
        }
    }

    @Override
    default void mmCompactionFinished(int nid, ZoneType idx, int order, String ret) {
        if (FINISHED.isEnabled()) {
            zoneResult(new Finished(), nid, idx, order, ret);
        }
    }

    @Override
    default void mmCompactionSuitable(int nid, ZoneType idx, int order, String ret) {
        if (SUITABLE.isEnabled()) {
            zoneResult(new Suitable(), nid, idx, order, ret);
        }
    }

    @Override
    default void mmCompactionDeferred(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        if (DEFERRED.isEnabled()) {
            deferral(new Deferred(), nid, idx, order, considered, deferShift, orderFailed);
        }
    }

    @Override
    default void mmCompactionDeferCompaction(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        if (DEFER_COMPACTION.isEnabled()) {
            deferral(new DeferCompaction(), nid, idx, order, considered, deferShift, orderFailed);
        }
    }

    @Override
    default void mmCompactionDeferReset(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        if (DEFER_RESET.isEnabled()) {
            deferral(new DeferReset(), nid, idx, order, considered, deferShift, orderFailed);
        }
    }

    @Override
    default void mmCompactionKcompactdSleep(int nid) {
        if (KCOMPACTD_SLEEP.isEnabled()) {
            var event = new KcompactdSleep();
            event.nid = nid;
            event.commit();
        }
    }

    @Override
    default void mmCompactionWakeupKcompactd(int nid, int order, ZoneType highestZoneidx) {
        if (WAKEUP_KCOMPACTD.isEnabled()) {
            kcompactdRequest(new WakeupKcompactd(), nid, order, highestZoneidx);
        }
    }

    @Override
    default void mmCompactionKcompactdWake(int nid, int order, ZoneType highestZoneidx) {
        if (KCOMPACTD_WAKE.isEnabled()) {
            kcompactdRequest(new KcompactdWake(), nid, order, highestZoneidx);
        }
    }

    private static void isolated(Isolated event, long startPfn, long endPfn, long nrScanned, long nrTaken) {
        event.startPfn = startPfn;
        event.endPfn = endPfn;
        event.nrScanned = nrScanned;
        event.nrTaken = nrTaken;
        event.commit();
    }

    private static void zoneResult(ZoneResult event, int nid, ZoneType idx, int order, String ret) {
        event.nid = nid;
        event.idx = idx.kernelName();
        event.order = order;
        event.ret = ret;
        event.commit();
    }

    private static void deferral(
            Deferral event, int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        event.nid = nid;
        event.idx = idx.kernelName();
        event.order = order;
        event.considered = considered;
        event.deferShift = deferShift;
        event.orderFailed = orderFailed;
        event.commit();
    }

    private static void kcompactdRequest(KcompactdRequest event, int nid, int order, ZoneType highestZoneidx) {
        event.nid = nid;
        event.order = order;
        event.highestZoneidx = highestZoneidx.kernelName();
        event.commit();
    }
}
