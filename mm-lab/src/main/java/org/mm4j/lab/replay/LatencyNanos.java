package org.mm4j.lab.replay;

import org.HdrHistogram.Histogram;

/**
 * How long calls took, in nanoseconds, the reading of the clock included.
 *
 * @param p50 half of them took no longer
 * @param p99 all but one in 100 took no longer
 * @param p999 all but one in 1000 took no longer
 */
public record LatencyNanos(long p50, long p99, long p999) {
    static LatencyNanos of(Histogram histogram) {
        return new LatencyNanos(
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9));
    }
}
