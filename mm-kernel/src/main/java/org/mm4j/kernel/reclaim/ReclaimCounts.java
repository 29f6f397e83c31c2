package org.mm4j.kernel.reclaim;

import java.util.concurrent.atomic.LongAdder;

/** What reclaim counts, since boot. Racy. */
final class ReclaimCounts {
    final LongAdder directRuns = new LongAdder();
    final LongAdder kswapdRuns = new LongAdder();
    final LongAdder throttled = new LongAdder();
    final LongAdder pagesScannedDirect = new LongAdder();
    final LongAdder pagesScannedKswapd = new LongAdder();
    final LongAdder pagesReclaimedDirect = new LongAdder();
    final LongAdder pagesReclaimedKswapd = new LongAdder();
    final LongAdder kcompactdRuns = new LongAdder();
    final LongAdder kcompactdRunsAhead = new LongAdder();

    ReclaimCounts() {}

    ReclaimSnapshot snapshot() {
        return new ReclaimSnapshot(
                directRuns.sum(),
                kswapdRuns.sum(),
                throttled.sum(),
                pagesScannedDirect.sum(),
                pagesScannedKswapd.sum(),
                pagesReclaimedDirect.sum(),
                pagesReclaimedKswapd.sum(),
                kcompactdRuns.sum(),
                kcompactdRunsAhead.sum());
    }
}
