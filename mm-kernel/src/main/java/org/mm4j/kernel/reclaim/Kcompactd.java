package org.mm4j.kernel.reclaim;

import java.util.function.BooleanSupplier;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.NodeCompaction;

/**
 * The thread that compacts in the background, one for each node. It starts when somebody has come who can move pages.
 *
 * <pre>
 *             woken for an order
 *   ASLEEP -----------------------> a block of the order in each zone -----.
 *     |  ^                                                                 |
 *     |  `-----------------------------------------------------------------'  500 ms
 *     |  ^
 *     |  `-- 500 ms; 64 times as long when the score did not fall ---------.
 *     |                                                                    |
 *     `--- time is over, the node's score is too high, kswapd sleeps ---> proactive
 * </pre>
 *
 * <p>Requests that come while it works are merged: the largest order, and the lowest of the zones, which all can use.
 *
 * <p>In Linux 6.18: mm/compaction.c, kcompactd(), wakeup_kcompactd(), should_proactive_compact_node(). Differs: it ends with
 * its kernel, and is not there before it is needed.
 */
final class Kcompactd {
    /** In Linux: COMPACT_MAX_DEFER_SHIFT. */
    private static final int DEFER_SHIFT_MAX = 6;

    private static final int HIGHEST_MAX = ZoneType.COUNT - 1;

    private final NodeCompaction compaction;
    private final CompactionOptions options;
    private final BooleanSupplier isReclaimed;
    private final ReclaimCounts counts;
    private final KernelLog log;
    private final Tracepoints trace;
    private final NodeThread thread;

    /**
     * The thread of a node, which does not run yet.
     *
     * @param isReclaimed whether kswapd is at work there; then nothing is done ahead of requests
     */
    Kcompactd(
            NodeCompaction compaction,
            CompactionOptions options,
            BooleanSupplier isReclaimed,
            ReclaimCounts counts,
            GfpContext context,
            KernelLog log,
            Tracepoints trace) {
        this.compaction = compaction;
        this.options = options;
        this.isReclaimed = isReclaimed;
        this.counts = counts;
        this.log = log;
        this.trace = trace;
        thread = new NodeThread("kcompactd" + compaction.nid(), this::loop, context, log);
    }

    // Waking.

    /** There is somebody who can move something: what is done ahead of requests begins. */
    void begin() {
        if (options.proactiveness() > 0 && !thread.isRunning()) {
            boolean _ = thread.start(); // if not, the next owner tries again
        }
    }

    /** Asks for a block. It costs a look at the watermarks if there is one, or no room to make it. In Linux: wakeup_kcompactd(). */
    void wake(int order, ZoneType highest) {
        if (order > 0 && compaction.hasOwners() && compaction.isSuitable(order, highest)) {
            trace.mmCompactionWakeupKcompactd(compaction.nid(), order, highest);
            thread.ask(request(order, highest));
        }
    }

    /** Of two requests the word keeps the larger numbers; so the zone is counted from the top. */
    private static int request(int order, ZoneType highest) {
        return WakeWord.request(order, HIGHEST_MAX - highest.ordinal());
    }

    boolean isRunning() {
        return thread.isRunning();
    }

    void stop() {
        thread.stop();
    }

    // The thread.

    private void loop() {
        long napNanos = options.intervalNanos();
        while (!thread.isStopped()) {
            trace.mmCompactionKcompactdSleep(compaction.nid());
            boolean isAsked = thread.word().sleep(options.proactiveness() == 0 ? 0 : napNanos);
            napNanos = options.intervalNanos();
            try {
                if (isAsked) {
                    work(thread.word().take());
                } else if (!thread.isStopped() && !workAhead()) {
                    napNanos <<= DEFER_SHIFT_MAX;
                }
            } catch (RuntimeException | Error broken) { // an owner's; the thread must outlive it
                napNanos <<= DEFER_SHIFT_MAX;
                log.warnOnce("kcompactd-owner", "kcompactd" + compaction.nid() + ": an owner failed: " + broken);
            }
        }
    }

    private void work(int request) {
        int order = WakeWord.order(request);
        if (order > 0) {
            ZoneType highest = ZoneType.of(HIGHEST_MAX - WakeWord.highest(request));
            trace.mmCompactionKcompactdWake(compaction.nid(), order, highest);
            counts.kcompactdRuns.increment();
            compaction.compactFor(order, highest, thread::isStopped);
        }
    }

    /** Whether the next look is as soon as ever; false when a run was in vain. */
    private boolean workAhead() {
        if (options.proactiveness() == 0 || isReclaimed.getAsBoolean()) {
            return true;
        }
        int before = compaction.score();
        BooleanSupplier stop = () -> thread.isStopped() || isReclaimed.getAsBoolean();
        if (!compaction.compactProactively(options.proactiveness(), stop)) {
            return true;
        }
        counts.kcompactdRunsAhead.increment();
        return compaction.score() < before;
    }
}
