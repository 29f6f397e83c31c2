package org.mm4j.kernel.reclaim;

import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.NodeBalance;

/**
 * The thread that reclaims in the background, one for each node. It starts when it is woken for the first time.
 *
 * <pre>
 *            woken below low                             balanced, or 16 failures
 *   ASLEEP ------------------->  BALANCING: priority 12 to 1  --- wakes kcompactd -->  NAP, 100 ms
 *     ^                                    ^                                            |    |
 *     |                                    `----------- woken, or not balanced ---------'    |
 *     `--------------------------------------------------------------------------------------'
 *                                                still balanced
 * </pre>
 *
 * <p>It goes on until some zone is at its high watermark. After 16 runs without a page the node is hopeless, and the thread
 * sleeps until somebody else has reclaimed something there.
 *
 * <p>In Linux 6.18: mm/vmscan.c, kswapd(), balance_pgdat(), kswapd_try_to_sleep(), wakeup_kswapd(). Differs: the thread ends
 * with its kernel, and is not there before it is needed.
 */
final class Kswapd {
    /** In Linux: DEF_PRIORITY. */
    static final int DEF_PRIORITY = 12;
    /** In Linux: MAX_RECLAIM_RETRIES. */
    static final int HOPELESS_FAILURES = 16;

    private static final long NAP_NANOS = 100_000_000;

    private final NodeBalance balance;
    private final Shrinkers shrinkers;
    private final CompactionWaker compaction;
    private final ReclaimCounts counts;
    private final KernelLog log;
    private final Tracepoints trace;
    private final NodeThread thread;
    private final AtomicInteger failures = new AtomicInteger();

    Kswapd(
            NodeBalance balance,
            Shrinkers shrinkers,
            CompactionWaker compaction,
            ReclaimCounts counts,
            GfpContext context,
            KernelLog log,
            Tracepoints trace) {
        this.balance = balance;
        this.shrinkers = shrinkers;
        this.compaction = compaction;
        this.counts = counts;
        this.log = log;
        this.trace = trace;
        thread = new NodeThread("kswapd" + balance.nid(), this::loop, context, log);
    }

    // Waking.

    /**
     * Asks for free memory. It costs a look at the watermarks if there is enough. In Linux: wakeup_kswapd().
     *
     * @return whether there is something for it to do: the node is neither balanced nor hopeless
     */
    boolean wake(int order, ZoneType highest, int gfp) {
        if (isHopeless() || (balance.isBalanced(order, highest) && !balance.isBoosted(highest))) {
            return false;
        }
        trace.mmVmscanWakeupKswapd(balance.nid(), highest, order, gfp);
        thread.ask(WakeWord.request(order, highest.ordinal()));
        return true;
    }

    /** Whether it has given up until somebody else reclaims something. */
    boolean isHopeless() {
        return failures.get() >= HOPELESS_FAILURES;
    }

    /** Somebody has reclaimed pages of the node. */
    void hasHope() {
        if (failures.get() > 0) {
            failures.set(0);
        }
    }

    /** Whether it was started and has not ended. */
    boolean isRunning() {
        return thread.isRunning();
    }

    /** Whether it reclaims just now. Racy. */
    boolean isAtWork() {
        return thread.isAtWork();
    }

    /** Ends the thread and waits for it. */
    void stop() {
        thread.stop();
    }

    // The thread.

    private void loop() {
        int order = 0;
        ZoneType highest = ZoneType.DMA;
        while (!thread.isStopped()) {
            int request = thread.word().take();
            if (request != WakeWord.NOTHING) {
                order = WakeWord.order(request);
                highest = ZoneType.of(WakeWord.highest(request));
                trace.mmVmscanKswapdWake(balance.nid(), highest, order);
            }
            int orderWanted = order;
            try {
                order = balance(order, highest);
                if (mayRest(order, highest)) {
                    compaction.wake(orderWanted, highest);
                }
            } catch (RuntimeException | Error broken) { // a shrinker's or an owner's; the thread must outlive it
                failures.incrementAndGet();
                log.warnOnce("kswapd-shrinker", "kswapd" + balance.nid() + ": a shrinker failed: " + broken);
            }
            trySleep(order, highest);
            order = 0; // what was not asked for again is not wanted any more
        }
    }

    /** In Linux: kswapd_try_to_sleep(). */
    private void trySleep(int order, ZoneType highest) {
        if (!thread.isStopped()
                && mayRest(order, highest)
                && !thread.word().sleep(NAP_NANOS)
                && mayRest(order, highest)) {
            trace.mmVmscanKswapdSleep(balance.nid());
            thread.word().sleep(0);
        }
    }

    private boolean mayRest(int order, ZoneType highest) {
        return isHopeless() || balance.isBalanced(order, highest);
    }

    /**
     * Reclaims until some zone is at its high watermark, and lowers the boost of all. In Linux: balance_pgdat().
     *
     * @return the order that it has balanced; 0 when enough was freed that compaction could make the order
     */
    int balance(int order, ZoneType highest) {
        counts.kswapdRuns.increment();
        long[] boosts = balance.boosts(highest);
        balance.setReclaimActive(highest, true);
        try {
            return new BalanceRun(order, highest, boosts).run();
        } finally {
            balance.setReclaimActive(highest, false);
            balance.lowerBoosts(boosts);
        }
    }

    /** One run from the least priority up. */
    private final class BalanceRun {
        private final ZoneType highest;
        private final boolean wasBoosted;
        private int order;
        private long boostLeft;
        private long pagesReclaimed;

        BalanceRun(int order, ZoneType highest, long[] boosts) {
            this.order = order;
            this.highest = highest;
            for (long boost : boosts) {
                boostLeft += boost;
            }
            wasBoosted = boostLeft > 0;
        }

        int run() {
            int priority = DEF_PRIORITY;
            while (priority >= 1 && !thread.isStopped()) {
                boolean isBalanced = balance.isBalanced(order, highest);
                if (!isBalanced && boostLeft > 0) {
                    boostLeft = 0; // first what is needed without the boost
                    priority = DEF_PRIORITY;
                    continue;
                }
                if (isBalanced && boostLeft == 0) {
                    return order;
                }
                boolean staysGentle = boostLeft > 0 && priority == DEF_PRIORITY - 2;
                Freed freed = new Freed();
                shrinkers.shrink(Gfp.GFP_KERNEL, balance.nid(), priority, freed);
                note(freed);
                boostLeft -= Math.min(boostLeft, freed.pages());
                if (boostLeft > 0 && freed.pages() == 0) {
                    break; // for a boost alone nobody goes further
                }
                boolean scannedEnough = freed.scanned() >= balance.pagesToReclaim(highest);
                if (freed.pages() == 0 || !(scannedEnough || staysGentle)) {
                    priority--;
                }
            }
            if (pagesReclaimed == 0 && !wasBoosted && !thread.isStopped()) {
                failures.incrementAndGet();
            }
            return order;
        }

        private void note(Freed freed) {
            pagesReclaimed += freed.pages();
            counts.pagesScannedKswapd.add(freed.scanned());
            counts.pagesReclaimedKswapd.add(freed.pages());
            if (freed.pages() > 0) {
                hasHope();
            }
            if (order > 0 && pagesReclaimed >= 2L << order) {
                order = 0; // compaction has room to work now
            }
        }
    }
}
