package org.mm4j.lab.replay;

import java.time.Duration;

/**
 * How a plan is carried out.
 *
 * @param threads how many threads do it
 * @param measureFor how long the plan is repeated, for each number of threads, to measure the speed; none at all when zero
 */
public record ReplayOptions(int threads, Duration measureFor) {
    /** The most threads that a replay may have. */
    public static final int THREADS_MAX = 1024;

    /** Checks the values. */
    public ReplayOptions {
        if (threads < 1 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("a replay has 1 to " + THREADS_MAX + " threads, not " + threads);
        }
    }
}
