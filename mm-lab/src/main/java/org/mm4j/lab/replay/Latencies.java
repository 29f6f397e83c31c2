package org.mm4j.lab.replay;

import org.HdrHistogram.Histogram;

/** How long calls took, of allocations and of frees. One thread records; then histograms of threads are added. */
final class Latencies {
    private static final long NANOS_MAX = 10_000_000_000L;
    private static final int DIGITS = 2;

    private final Histogram alloc = new Histogram(1, NANOS_MAX, DIGITS);
    private final Histogram free = new Histogram(1, NANOS_MAX, DIGITS);

    void recordAlloc(long nanos) {
        alloc.recordValue(clamp(nanos));
    }

    void recordFree(long nanos) {
        free.recordValue(clamp(nanos));
    }

    void add(Latencies other) {
        alloc.add(other.alloc);
        free.add(other.free);
    }

    LatencyNanos ofAlloc() {
        return LatencyNanos.of(alloc);
    }

    LatencyNanos ofFree() {
        return LatencyNanos.of(free);
    }

    LatencyNanos ofBoth() {
        Histogram both = alloc.copy();
        both.add(free);
        return LatencyNanos.of(both);
    }

    private static long clamp(long nanos) {
        return Math.clamp(nanos, 1, NANOS_MAX);
    }
}
