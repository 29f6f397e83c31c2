package org.mm4j.kernel.memcg;

import static org.mm4j.kernel.memcg.CgroupCounts.Event.HIGH;

import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.Gfp;

/**
 * What a request does at its end when it leaves its group, or one above, with more than high: it reclaims as much as it has
 * taken; if that does not help, it waits.
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, __mem_cgroup_handle_over_high(), reclaim_high(). Differs: the kernel
 * does so when a thread goes back to its program, and sums up until then; here each request that had its group charged does,
 * and one that may not wait does nothing.
 */
final class HighThrottle {
    private static final int MAX_RECLAIM_RETRIES = 16;
    private static final long SWAP_CLUSTER_MAX = 32;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final ChargeStocks stocks;
    private final GroupReclaim reclaim;
    private final LongAdder millisWaited = new LongAdder();
    private volatile CgroupOptions options = CgroupOptions.DEFAULT;

    HighThrottle(ChargeStocks stocks, GroupReclaim reclaim) {
        this.stocks = stocks;
        this.reclaim = reclaim;
    }

    CgroupOptions options() {
        return options;
    }

    void setOptions(CgroupOptions next) {
        options = next;
    }

    long millisWaited() {
        return millisWaited.sum();
    }

    /** So many pages were charged. Called without locks. */
    void charged(ObjCgroup group, long pages, int gfp) {
        if (maxOverage(group) > 0 && Gfp.allowsBlocking(gfp) && !reclaim.isReclaiming()) {
            throttle(group, pages, gfp);
        }
    }

    private void throttle(ObjCgroup group, long pages, int gfp) {
        long freed = reclaimHigh(group, pages, gfp);
        long millis = HighPenalty.millis(pages, maxOverage(group));
        int retries = MAX_RECLAIM_RETRIES;
        while (millis > HighPenalty.IGNORED_MILLIS && (freed > 0 || retries-- > 0)) {
            freed = reclaimHigh(group, SWAP_CLUSTER_MAX, gfp);
            millis = HighPenalty.millis(pages, maxOverage(group));
        }
        if (millis > HighPenalty.IGNORED_MILLIS && options.waitsAboveHigh()) {
            millisWaited.add(millis);
            sleep(millis);
        }
    }

    /** How far the group or one above is above its high, the most of them. In Linux: mem_find_max_overage(). */
    private static long maxOverage(ObjCgroup group) {
        long most = 0;
        for (ObjCgroup each = group; each != null; each = each.parent()) {
            long high = each.cgroup().limits().highBytes();
            most = high == CgroupLimits.UNLIMITED
                    ? most
                    : Math.max(most, HighPenalty.overage(each.counter().usage(), high));
        }
        return most;
    }

    private long reclaimHigh(ObjCgroup group, long pages, int gfp) {
        long freed = 0;
        for (ObjCgroup each = group; each != null; each = each.parent()) {
            if (each.counter().usage() > each.cgroup().limits().highBytes()) {
                each.counts().happened(HIGH);
                long freedHere = reclaim.reclaim(each.cgroup(), pages, gfp);
                if (freedHere > 0) {
                    stocks.drain(each);
                }
                freed += freedHere;
            }
        }
        return freed;
    }

    /** Not cut short by an interrupt, which stays set. In Linux: schedule_timeout_killable(). */
    private void sleep(long millis) {
        boolean isInterrupted = false;
        long end = System.nanoTime() + millis * NANOS_PER_MILLI;
        for (long left = millis * NANOS_PER_MILLI; left > 0; left = end - System.nanoTime()) {
            isInterrupted |= Thread.interrupted(); // an interrupted thread would not park
            LockSupport.parkNanos(this, left);
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
