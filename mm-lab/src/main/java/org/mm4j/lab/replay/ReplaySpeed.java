package org.mm4j.lab.replay;

/**
 * How fast a plan was carried out.
 *
 * @param rounds how often the plan was carried out to measure this
 * @param eventsPerSecond applied events a second in the fastest round, by all threads together
 * @param eventsPerSecondSingleThreaded applied events a second in the fastest round, by one thread
 * @param latencyNanos of allocations and frees
 * @param allocLatencyNanos of allocations
 * @param freeLatencyNanos of frees
 */
public record ReplaySpeed(
        int rounds,
        double eventsPerSecond,
        double eventsPerSecondSingleThreaded,
        LatencyNanos latencyNanos,
        LatencyNanos allocLatencyNanos,
        LatencyNanos freeLatencyNanos) {}
