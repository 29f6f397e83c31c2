package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of compaction. */
interface GuardedCompactionTracepoints extends CompactionTracepoints {
    /** Who is told. */
    CompactionTracepoints told();

    @Override
    default void mmCompactionIsolateMigratepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {
        try {
            told().mmCompactionIsolateMigratepages(startPfn, endPfn, nrScanned, nrTaken);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionIsolateFreepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {
        try {
            told().mmCompactionIsolateFreepages(startPfn, endPfn, nrScanned, nrTaken);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionMigratepages(long nrMigrated, long nrFailed) {
        try {
            told().mmCompactionMigratepages(nrMigrated, nrFailed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {
        try {
            told().mmCompactionBegin(zoneStart, migratePfn, freePfn, zoneEnd, sync);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {
        try {
            told().mmCompactionEnd(zoneStart, migratePfn, freePfn, zoneEnd, sync, status);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionTryToCompactPages(int order, int gfp, int prio) {
        try {
            told().mmCompactionTryToCompactPages(order, gfp, prio);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionFinished(int nid, ZoneType idx, int order, String ret) {
        try {
            told().mmCompactionFinished(nid, idx, order, ret);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionSuitable(int nid, ZoneType idx, int order, String ret) {
        try {
            told().mmCompactionSuitable(nid, idx, order, ret);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionDeferred(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        try {
            told().mmCompactionDeferred(nid, idx, order, considered, deferShift, orderFailed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionDeferCompaction(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        try {
            told().mmCompactionDeferCompaction(nid, idx, order, considered, deferShift, orderFailed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionDeferReset(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {
        try {
            told().mmCompactionDeferReset(nid, idx, order, considered, deferShift, orderFailed);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionKcompactdSleep(int nid) {
        try {
            told().mmCompactionKcompactdSleep(nid);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionWakeupKcompactd(int nid, int order, ZoneType highestZoneidx) {
        try {
            told().mmCompactionWakeupKcompactd(nid, order, highestZoneidx);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void mmCompactionKcompactdWake(int nid, int order, ZoneType highestZoneidx) {
        try {
            told().mmCompactionKcompactdWake(nid, order, highestZoneidx);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
