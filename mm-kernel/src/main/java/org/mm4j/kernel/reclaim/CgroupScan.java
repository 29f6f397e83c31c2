package org.mm4j.kernel.reclaim;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.memcg.CgroupProtection;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * What one run of reclaim takes from which group, as they are protected.
 *
 * <pre>
 *   usage  &lt;= min     nothing, never
 *          &lt;= low     nothing, as long as something else could be freed;  then what is above min
 *          &gt;  low     of its objects the share that its usage is above low;  then above min
 * </pre>
 *
 * <p>For one thread. In Linux 6.18: mm/vmscan.c, target_mem_cgroup, memcg_low_reclaim and memcg_low_skipped of {@code struct
 * scan_control}; shrink_node_memcgs(), get_scan_count(). Differs: the share is that of the objects of all shrinkers, as a
 * page cache is one of them; and it is never more than what is above the protection, where the kernel looks at 32 pages
 * at least, and counts what CPUs have in stock.
 */
final class CgroupScan {
    private final @Nullable MemoryCgroup target;
    private boolean takesLow;
    private boolean hasSparedLow;

    /**
     * A run that leaves all protected memory alone.
     *
     * @param target the group that is at its limit; null: the machine lacks memory
     */
    CgroupScan(@Nullable MemoryCgroup target) {
        this.target = target;
    }

    /** Whether the machine lacks memory. */
    boolean isMemoryShort() {
        return target == null;
    }

    /** Of the objects of a group that could be freed, how many may be looked at. */
    long scannable(MemoryCgroup cgroup, long freeable) {
        CgroupProtection protection = cgroup.protection(target);
        if (protection.isNone()) {
            return freeable;
        }
        cgroup.giveStockBack();
        long pagesUsed = PageFrame.pagesFor(cgroup.bytesCharged());
        if (protection.minPages() >= pagesUsed) {
            return 0;
        }
        boolean hasLow = protection.lowPages() > protection.minPages();
        hasSparedLow |= hasLow && !takesLow;
        if (hasLow && takesLow && protection.lowPages() >= pagesUsed) {
            cgroup.countLow();
        }
        long spared = hasLow && !takesLow ? protection.lowPages() : protection.minPages();
        return freeable - freeable * Math.min(spared, pagesUsed) / pagesUsed;
    }

    /** Nothing was freed: from now on low protects no more. False: there is nothing that it has protected. */
    boolean takeLow() {
        boolean isWorthIt = hasSparedLow && !takesLow;
        takesLow |= isWorthIt;
        return isWorthIt;
    }
}
