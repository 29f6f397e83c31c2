package org.mm4j.kernel.memcg;

import org.mm4j.api.PageFrame;

/**
 * How long a request waits that leaves its group above high: with the square of how far it is above, and with how much it
 * takes.
 *
 * <pre>
 *   overage   =  ( usage - high ) * 2^20 / high                 in pages; high is 1 at least
 *   ms        =  overage^2 * 1000 / 2^34 * pages / 64           2000 at most; up to 10 are not worth it
 *
 *   high 100 MiB, 64 pages a time     usage  101   105   110    115    117   118 MiB
 *                                     ms       6   159   639   1439   1849  2000
 * </pre>
 *
 * <p>In Linux 6.18: mm/memcontrol.c, calculate_overage(), calculate_high_delay(), with a tick of a millisecond.
 */
final class HighPenalty {
    /** In Linux: MEMCG_MAX_HIGH_DELAY_JIFFIES. */
    static final long MAX_MILLIS = 2000;
    /** What is not more is not worth a wait. In Linux: HZ / 100. */
    static final long IGNORED_MILLIS = 10;

    private static final int PRECISION_SHIFT = 20;
    private static final int SCALING_SHIFT = 14;
    private static final long MILLIS_PER_SECOND = 1000;

    /** More makes no difference: a single page waits as long as there is. Its square fits a word. */
    private static final long OVERAGE_MAX = 1 << 26;

    private HighPenalty() {}

    /** How far a usage is above high, in parts of 2^20 of high; 0: not at all. */
    static long overage(long usageBytes, long highBytes) {
        if (usageBytes <= highBytes) {
            return 0;
        }
        long high = Math.max(1, highBytes >> PageFrame.PAGE_SHIFT);
        return ((PageFrame.pagesFor(usageBytes) - high) << PRECISION_SHIFT) / high;
    }

    /** What a request of so many pages waits. */
    static long millis(long pages, long overage) {
        long bounded = Math.min(overage, OVERAGE_MAX);
        long ofBatch = (bounded * bounded * MILLIS_PER_SECOND) >> (PRECISION_SHIFT + SCALING_SHIFT);
        return Math.min(MAX_MILLIS, ofBatch * pages / ChargeStocks.CHARGE_BATCH_PAGES);
    }
}
