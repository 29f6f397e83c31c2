package org.mm4j.lab.replay;

import java.time.Duration;

/** A plan carried out again and again, unobserved, to see how fast it can be. */
final class SpeedTest {
    /** How far a thread may run ahead; large, so that meetings are few. */
    static final int STRIDE = 8192;

    private final ReplayPlan plan;
    private final ReplayTarget target;
    private final ReplayCaches caches;
    private final ReplayVmaps vmaps;
    private final BlockTable table;
    private final int threads;
    private final Latencies latencies = new Latencies();
    private int rounds;
    private long nanosFastest = Long.MAX_VALUE;

    SpeedTest(
            ReplayPlan plan,
            ReplayTarget target,
            ReplayCaches caches,
            ReplayVmaps vmaps,
            BlockTable table,
            int threads) {
        this.plan = plan;
        this.target = target;
        this.caches = caches;
        this.vmaps = vmaps;
        this.table = table;
        this.threads = threads;
    }

    /**
     * Repeats the plan for half of the time to let the JVM compile it, and for the other half to measure. The fastest round
     * counts: it is the one that other programs disturbed least.
     */
    void run(Duration duration) throws InterruptedException {
        long half = duration.toNanos() / 2;
        for (long warm = 0; warm < half; ) {
            warm += round().nanosRunning() + 1;
        }
        for (long measured = 0; measured < half; rounds++) {
            ReplayRound round = round();
            round.addLatenciesTo(latencies);
            nanosFastest = Math.min(nanosFastest, round.nanosRunning());
            measured += round.nanosRunning() + 1;
        }
    }

    int rounds() {
        return rounds;
    }

    Latencies latencies() {
        return latencies;
    }

    double eventsPerSecond() {
        return perSecond(plan.resolution().applied(), nanosFastest);
    }

    static double perSecond(long events, long nanos) {
        return nanos == 0 ? 0 : events * 1e9 / nanos;
    }

    private ReplayRound round() throws InterruptedException {
        ReplayRound round = new ReplayRound(plan, target, caches, vmaps, table, threads, STRIDE);
        round.run((done, live) -> {});
        round.tearDown();
        return round;
    }
}
