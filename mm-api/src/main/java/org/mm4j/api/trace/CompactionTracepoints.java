package org.mm4j.api.trace;

import org.mm4j.api.ZoneType;

/**
 * Tracepoints of compaction; frames are pfns, an order of -1 stands for no order. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/compaction.h.
 */
public interface CompactionTracepoints {
    /** What was found to move between two frames. */
    default void mmCompactionIsolateMigratepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {}

    /** What free pages were taken between two frames. */
    default void mmCompactionIsolateFreepages(long startPfn, long endPfn, long nrScanned, long nrTaken) {}

    /** How many of the pages that were found did move. */
    default void mmCompactionMigratepages(long nrMigrated, long nrFailed) {}

    /** A zone begins to be compacted. */
    default void mmCompactionBegin(long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync) {}

    /** The end of {@link #mmCompactionBegin}, where the scanners stand then, and how it ended. */
    default void mmCompactionEnd(
            long zoneStart, long migratePfn, long freePfn, long zoneEnd, boolean sync, String status) {}

    /** A request begins to compact itself. {@code prio}: 0, the hardest, to 2. */
    default void mmCompactionTryToCompactPages(int order, int gfp, int prio) {}

    /** Whether a compaction goes on, asked after each pageblock. */
    default void mmCompactionFinished(int nid, ZoneType idx, int order, String ret) {}

    /** Whether a zone has room to compact, and is scattered enough. */
    default void mmCompactionSuitable(int nid, ZoneType idx, int order, String ret) {}

    /** A request leaves a zone alone, which failed lately. */
    default void mmCompactionDeferred(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {}

    /** A zone was compacted in vain, and is left alone for a while. */
    default void mmCompactionDeferCompaction(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {}

    /** A zone has a block of the order: it is not left alone any more. */
    default void mmCompactionDeferReset(
            int nid, ZoneType idx, int order, int considered, int deferShift, int orderFailed) {}

    /** The thread of a node goes to sleep. */
    default void mmCompactionKcompactdSleep(int nid) {}

    /** The thread of a node is asked for a block. */
    default void mmCompactionWakeupKcompactd(int nid, int order, ZoneType highestZoneidx) {}

    /** The thread of a node begins to compact for it. */
    default void mmCompactionKcompactdWake(int nid, int order, ZoneType highestZoneidx) {}
}
