package org.mm4j.kernel.reclaim;

/**
 * How memory is compacted ahead of requests.
 *
 * <p>In Linux 6.18: vm.compaction_proactiveness, HPAGE_FRAG_CHECK_INTERVAL_MSEC of mm/compaction.c.
 *
 * @param proactiveness 0: never; 20, the kernel's default: when less than a tenth of a node's free memory is in whole
 *     pageblocks, until it is a fifth; 100: always
 * @param intervalNanos how long kcompactd sleeps between two looks; 64 times as long after a run that was in vain
 */
public record CompactionOptions(int proactiveness, long intervalNanos) {
    /** The kernel's: proactiveness 20, and a look every 500 ms. */
    public static final CompactionOptions DEFAULT = new CompactionOptions(20, 500_000_000);

    /** Never ahead of requests. */
    public static final CompactionOptions ON_REQUEST = new CompactionOptions(0, 500_000_000);

    /**
     * Checked options.
     *
     * @throws IllegalArgumentException when a number is out of its range
     */
    public CompactionOptions {
        if (proactiveness < 0 || proactiveness > 100) {
            throw new IllegalArgumentException("compaction_proactiveness is 0 to 100, not " + proactiveness);
        }
        if (intervalNanos < 1) {
            throw new IllegalArgumentException("the interval of kcompactd is 1 ns or longer, not " + intervalNanos);
        }
    }

    /** The same with another {@link #proactiveness}. */
    public CompactionOptions withProactiveness(int next) {
        return new CompactionOptions(next, intervalNanos);
    }

    /** The same with another {@link #intervalNanos}. */
    public CompactionOptions withIntervalNanos(long next) {
        return new CompactionOptions(proactiveness, next);
    }
}
