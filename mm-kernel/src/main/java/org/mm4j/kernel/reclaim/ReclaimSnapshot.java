package org.mm4j.kernel.reclaim;

/**
 * What reclaim did since boot. Racy: each figure is a sum while others run.
 *
 * <p>In Linux 6.18: allocstall, pageoutrun, pgscan_direct, pgscan_kswapd, pgsteal_direct, pgsteal_kswapd and
 * compact_daemon_wake of /proc/vmstat.
 *
 * @param directRuns requests that reclaimed themselves
 * @param kswapdRuns how often a kswapd began to balance its node
 * @param throttled requests that waited for a kswapd
 * @param pagesScannedDirect objects that requests looked at
 * @param pagesScannedKswapd objects that kswapds looked at
 * @param pagesReclaimedDirect pages that requests freed
 * @param pagesReclaimedKswapd pages that kswapds freed
 * @param kcompactdRuns how often a kcompactd was woken and began to work
 * @param kcompactdRunsAhead how often a kcompactd compacted a node ahead of requests
 */
public record ReclaimSnapshot(
        long directRuns,
        long kswapdRuns,
        long throttled,
        long pagesScannedDirect,
        long pagesScannedKswapd,
        long pagesReclaimedDirect,
        long pagesReclaimedKswapd,
        long kcompactdRuns,
        long kcompactdRunsAhead) {}
