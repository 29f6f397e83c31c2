package org.mm4j.buddy;

import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;

/**
 * Whether a zone is compacted at all, after it failed: of 2, 4, … 64 requests one. Called without a lock by several
 * threads; who loses a race only tries once more or once less.
 *
 * <p>In Linux 6.18: mm/compaction.c, compaction_deferred(), defer_compaction(), compaction_defer_reset().
 */
final class CompactDeferral {
    /** In Linux: COMPACT_MAX_DEFER_SHIFT. */
    static final int SHIFT_MAX = 6;

    private final int nid;
    private final ZoneType idx;
    private final Tracepoints trace;
    private int considered;
    private int shift;
    private int orderFailed = PageFrame.NR_PAGE_ORDERS;

    /** Of a zone that never failed. */
    CompactDeferral(int nid, ZoneType idx, Tracepoints trace) {
        this.nid = nid;
        this.idx = idx;
        this.trace = trace;
    }

    /** Whether a request of this order is left alone this time. */
    synchronized boolean isDeferred(int order) {
        if (order < orderFailed) {
            return false;
        }
        if (++considered >= 1 << shift) {
            considered = 1 << shift;
            return false;
        }
        trace.mmCompactionDeferred(nid, idx, order, considered, shift, orderFailed);
        return true;
    }

    /** The whole zone was scanned in vain. */
    synchronized void failed(int order) {
        considered = 0;
        shift = Math.min(shift + 1, SHIFT_MAX);
        orderFailed = Math.min(order, orderFailed);
        trace.mmCompactionDeferCompaction(nid, idx, order, considered, shift, orderFailed);
    }

    /** There was a block; {@code served}: and somebody got it. */
    synchronized void succeeded(int order, boolean served) {
        if (served) {
            considered = 0;
            shift = 0;
        }
        orderFailed = Math.max(orderFailed, order + 1);
        trace.mmCompactionDeferReset(nid, idx, order, considered, shift, orderFailed);
    }

    /** Whether it has failed so often that the next run begins anew. In Linux: compaction_restarting(). */
    synchronized boolean isRestarting(int order) {
        return order >= orderFailed && shift == SHIFT_MAX && considered >= 1 << shift;
    }
}
