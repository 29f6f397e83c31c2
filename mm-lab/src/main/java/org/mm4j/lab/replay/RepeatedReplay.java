package org.mm4j.lab.replay;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A plan that is carried out again and again, so that others can look at a kernel that is in use.
 *
 * <p>One thread starts it, waits, and closes it.
 */
public final class RepeatedReplay implements AutoCloseable {
    private final ReplayPlan plan;
    private final ReplayTarget target;
    private final ReplayCaches caches;
    private final ReplayVmaps vmaps;
    private final BlockTable table;
    private final int threads;
    private final Thread thread;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean isStopped;
    private volatile long rounds;

    /** Begins with the first round. */
    public RepeatedReplay(ReplayPlan plan, ReplayTarget target, int threads) {
        this.plan = plan;
        this.target = target;
        this.threads = threads;
        caches = new ReplayCaches(plan.requests(), target.objects());
        vmaps = new ReplayVmaps(plan.vmaps(), target.vmaps());
        table = new BlockTable(plan.blocks());
        thread = Thread.ofPlatform().name("replay").start(this::repeat);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others may look
    private void repeat() {
        try {
            while (!isStopped) {
                ReplayRound round = new ReplayRound(plan, target, caches, vmaps, table, threads, SpeedTest.STRIDE);
                round.run((done, live) -> {});
                round.tearDown();
                rounds++;
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    /** How many rounds are done. */
    public long rounds() {
        return rounds;
    }

    /** What was wrong with areas of addresses, one sentence each. */
    public List<String> violations() {
        return vmaps.violations();
    }

    /** Waits so long, or until the replay has failed; true in that case. */
    public boolean awaitFailure(long millis) throws InterruptedException {
        if (millis > 0) {
            thread.join(millis);
        }
        return !thread.isAlive();
    }

    /** Ends the round that is under way, and gives everything back. What a round threw is thrown on. */
    @Override
    public void close() {
        isStopped = true;
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        ReplayRound.rethrow(failure.get());
        caches.destroy();
    }
}
