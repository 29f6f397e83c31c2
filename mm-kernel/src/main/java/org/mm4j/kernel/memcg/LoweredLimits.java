package org.mm4j.kernel.memcg;

import static org.mm4j.kernel.memcg.CgroupCounts.Event.OOM;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/**
 * What is done when a group is to have less than it has: a limit was lowered, or somebody wants memory ahead of need.
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, memory_max_write(), memory_high_write(); mm/vmscan.c,
 * user_proactive_reclaim().
 */
final class LoweredLimits {
    /** In Linux: MAX_RECLAIM_RETRIES. */
    private static final int MAX_RECLAIM_RETRIES = 16;

    private final ChargeStocks stocks;
    private final GroupReclaim reclaim;

    LoweredLimits(ChargeStocks stocks, GroupReclaim reclaim) {
        this.stocks = stocks;
        this.reclaim = reclaim;
    }

    /**
     * The limit of a group was set. When it has more, others give back what they can; if that is not enough it keeps more
     * than it may have, and gets no more until it has less.
     *
     * @param used what the counter said when the limit was set
     */
    void enforceMax(ObjCgroup group, long max, long used) {
        boolean isDrained = false;
        int retries = MAX_RECLAIM_RETRIES;
        long usage = used;
        while (usage > max && !reclaim.isReclaiming()) {
            if (!isDrained) {
                stocks.drain(group);
                isDrained = true;
            } else if (retries > 0) {
                long freed = reclaim.reclaim(group.cgroup(), PageFrame.pagesFor(usage - max), Gfp.GFP_KERNEL);
                stocks.drain(group);
                retries -= freed > 0 ? 0 : 1;
            } else {
                group.counts().happened(OOM);
                if (!reclaim.outOfMemory(group.cgroup(), Gfp.GFP_KERNEL, 0)) {
                    return;
                }
                stocks.drain(group);
            }
            usage = group.counter().usage();
        }
    }

    /**
     * Frees so much of a group, a quarter of what is left at a time. In Linux: user_proactive_reclaim().
     *
     * @return how many pages or objects were freed
     */
    long reclaimNow(ObjCgroup group, long bytes) {
        long wanted = PageFrame.pagesFor(bytes);
        long freed = 0;
        int retries = MAX_RECLAIM_RETRIES;
        while (freed < wanted && retries >= 0 && !reclaim.isReclaiming()) {
            long more = reclaim.reclaim(group.cgroup(), (wanted - freed) / 4, Gfp.GFP_KERNEL);
            freed += more;
            retries -= more > 0 ? 0 : 1;
        }
        stocks.drain(group);
        return freed;
    }

    /** Lets a group that has more than it should give back what it can do without. */
    void enforceHigh(ObjCgroup group, long high) {
        for (int retries = MAX_RECLAIM_RETRIES; retries > 0 && !reclaim.isReclaiming(); ) {
            stocks.drain(group);
            long usage = group.counter().usage();
            if (usage <= high) {
                return;
            }
            long freed = reclaim.reclaim(group.cgroup(), PageFrame.pagesFor(usage - high), Gfp.GFP_KERNEL);
            retries -= freed > 0 ? 0 : 1;
        }
    }
}
