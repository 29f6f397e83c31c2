package org.mm4j.kernel.memcg;

import static org.mm4j.kernel.memcg.CgroupCounts.Event.MAX;
import static org.mm4j.kernel.memcg.CgroupCounts.Event.OOM;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/**
 * How a charge is made that is not in stock, and what is done when there is no room.
 *
 * <pre>
 *   64 pages, or as many as are asked for        -- room ---&gt;  done, the rest in stock; above high: see HighThrottle
 *          | some ancestor is at its limit
 *   may not wait                                 ---------------------------------------------.
 *          |                                                                                  |
 *   reclaim inside of that ancestor, take what is in stock, 16 times  -- room ---&gt;  again     |
 *          |                                                                                  |
 *   at most 8 pages, neither NORETRY nor RETRY_MAYFAIL: end somebody in there  ---&gt;  again    |
 *          |                                                                                  |
 *          `-----------&gt;  fails; with NOFAIL or HIGH, or who reclaims himself: over the limit &lt;'
 * </pre>
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, try_charge_memcg(), mem_cgroup_oom().
 */
final class ChargePath {
    /** In Linux: MAX_RECLAIM_RETRIES. */
    private static final int MAX_RECLAIM_RETRIES = 16;

    /** More than that is not worth ending somebody for. */
    private static final long COSTLY_BYTES = (long) PageFrame.PAGE_SIZE << PageFrame.PAGE_ALLOC_COSTLY_ORDER;

    private final ChargeStocks stocks;
    private final GroupReclaim reclaim;
    private final HighThrottle throttle;
    private final @Nullable FaultInjection faults;

    /** Charges fail as the faults say; null: only at a limit. */
    ChargePath(ChargeStocks stocks, GroupReclaim reclaim, HighThrottle throttle, @Nullable FaultInjection faults) {
        this.stocks = stocks;
        this.reclaim = reclaim;
        this.throttle = throttle;
        this.faults = faults;
    }

    /** Charges a group; false when there is no room, and nothing is charged. */
    boolean charge(ObjCgroup group, int kind, long bytes, int gfp) {
        if (faults != null && faults.shouldFailAlloc(gfp, PageFrame.order(bytes), bytes)) {
            return false;
        }
        ObjCgroup limited = attempt(group, kind, bytes, gfp);
        return limited == null || chargeAtLimit(group, limited, kind, bytes, gfp);
    }

    /** Null: it is charged. Otherwise the group whose limit would be exceeded. */
    private @Nullable ObjCgroup attempt(ObjCgroup group, int kind, long bytes, int gfp) {
        if (stocks.take(group, kind, bytes)) {
            return null;
        }
        boolean mayTakeMore = (gfp & Gfp.__GFP_RECLAIM) != 0; // who must not even spin takes what he needs
        long batch = mayTakeMore ? Math.max(ChargeStocks.CHARGE_BATCH_BYTES, bytes) : bytes;
        ChargeCounter refused = group.counter().tryCharge(batch);
        if (refused != null && batch > bytes) {
            batch = bytes;
            refused = group.counter().tryCharge(batch);
        }
        if (refused != null) {
            return group.ownerOf(refused);
        }
        group.giveBack(kind, batch - bytes, bytes);
        throttleOrGiveBack(group, kind, bytes, batch, gfp);
        return null;
    }

    /** A shrinker that throws is the caller's failure: then nothing is charged. */
    private void throttleOrGiveBack(ObjCgroup group, int kind, long bytes, long charged, int gfp) {
        boolean isDone = false;
        try {
            throttle.charged(group, PageFrame.pagesFor(charged), gfp);
            isDone = true;
        } finally {
            if (!isDone) {
                group.giveBack(kind, bytes, -bytes);
            }
        }
    }

    private boolean chargeAtLimit(ObjCgroup group, ObjCgroup refusing, int kind, long bytes, int gfp) {
        boolean isTold = false;
        if (!reclaim.isReclaiming()) {
            if (Gfp.allowsBlocking(gfp)) {
                isTold = true;
                if (makeRoom(group, refusing, kind, bytes, gfp)) {
                    return true;
                }
            }
            if ((gfp & (Gfp.__GFP_NOFAIL | Gfp.__GFP_HIGH)) == 0) {
                return false;
            }
        }
        if (!isTold) {
            refusing.counts().happened(MAX);
        }
        group.counter().charge(bytes);
        group.counts().addUsed(kind, bytes);
        return true;
    }

    /** Whether there was room in the end, and it is charged. */
    private boolean makeRoom(ObjCgroup group, ObjCgroup refusing, int kind, long bytes, int gfp) {
        ObjCgroup limited = refusing;
        boolean isDrained = false;
        int retries = MAX_RECLAIM_RETRIES;
        while (limited != null) {
            limited.counts().happened(MAX);
            long freed = reclaim.reclaim(limited.cgroup(), PageFrame.pagesFor(bytes), gfp);
            boolean isWorthIt = limited.counter().margin() >= bytes;
            if (!isWorthIt && !isDrained) {
                stocks.drain(limited);
                isDrained = true;
                isWorthIt = true;
            }
            if (!isWorthIt) {
                if ((gfp & Gfp.__GFP_NORETRY) != 0) {
                    return false;
                }
                boolean isProgress = freed > 0 && bytes <= COSTLY_BYTES;
                if (!isProgress && retries-- == 0) {
                    if (!endSomebody(limited, bytes, gfp)) {
                        return false;
                    }
                    retries = MAX_RECLAIM_RETRIES;
                }
            }
            limited = attempt(group, kind, bytes, gfp);
        }
        return true;
    }

    private boolean endSomebody(ObjCgroup limited, long bytes, int gfp) {
        if ((gfp & Gfp.__GFP_RETRY_MAYFAIL) != 0 || bytes > COSTLY_BYTES) {
            return false;
        }
        limited.counts().happened(OOM);
        return reclaim.outOfMemory(limited.cgroup(), gfp, PageFrame.order(bytes));
    }
}
