package org.mm4j.kernel.reclaim;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.Waiting;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.NodeBalance;
import org.mm4j.buddy.NodeCompaction;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * Reclaim of one kernel: its shrinkers, those who ask them for pages, and the threads that do so in the background.
 *
 * <pre>
 *    page allocator --- wakeKswapd ---> Kswapd, one a node ---.
 *          |                            |                     |--->  Shrinkers  --->  caches, pools, ...
 *          `----------- reclaim  (the request itself) --------'
 *                                       |
 *                                       `--->  Kcompactd, one a node  --->  owners of pages that can move
 * </pre>
 *
 * <p>As long as nobody has registered a shrinker, there is nothing to reclaim: requests fail as if there were no reclaim,
 * and no kswapd is started; and no kcompactd as long as nobody has registered who can move pages.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmscan.c, try_to_free_pages(), wakeup_kswapd(). Differs: there are
 * no lists of least recently used pages; a page cache is a shrinker as others are.
 */
public final class Reclaim implements MemoryPressure, AutoCloseable {
    private static final long SWAP_CLUSTER_MAX = 32;
    private static final long THROTTLE_NANOS = 1_000_000_000;
    private static final long TICK_NANOS = 1_000_000;
    private static final long NO_PROGRESS_NANOS = 100_000_000;

    private final GfpContext context;
    private final KernelLog log;
    private final Tracepoints trace;
    private final Shrinkers shrinkers;
    private final ReclaimCounts counts = new ReclaimCounts();
    private final OomKiller oom;

    /** Empty until the page allocator is there. */
    private volatile List<NodeBalance> balances = List.of();

    private volatile List<Kswapd> kswapds = List.of();

    private volatile List<Kcompactd> kcompactds = List.of();

    /** Reclaim for a machine of so many nodes, without shrinkers. */
    public Reclaim(int nodes, GfpContext context, KernelLog log) {
        this(nodes, context, log, Tracepoints.NONE, null);
    }

    /** The same, and somebody who is told; and who fails to get a lock at once, null: nobody is made to. */
    public Reclaim(int nodes, GfpContext context, KernelLog log, Tracepoints trace, @Nullable FaultInjection trylock) {
        this.context = context;
        this.log = log;
        this.trace = GuardedTracepoints.of(trace);
        oom = new OomKiller(log, this.trace, trylock);
        shrinkers = new Shrinkers(nodes, nid -> balances.get(nid).pagesFree(), this.trace);
    }

    /**
     * Makes the nodes known; before that, nothing is reclaimed. Called once, at boot, by the kernel.
     *
     * @param nodes how many there are
     * @param balanceOf the watermarks of a node
     * @param compactionOf what can be moved on a node
     * @param options how it is compacted ahead of requests
     * @throws IllegalStateException when they are known already
     */
    public void begin(
            int nodes,
            IntFunction<NodeBalance> balanceOf,
            IntFunction<NodeCompaction> compactionOf,
            CompactionOptions options) {
        if (!balances.isEmpty()) {
            throw new IllegalStateException("reclaim has begun already, with " + balances.size() + " nodes");
        }
        balances = IntStream.range(0, nodes).mapToObj(balanceOf).toList();
        List<NodeCompaction> compactions =
                IntStream.range(0, nodes).mapToObj(compactionOf).toList();
        kswapds = balances.stream()
                .map(balance -> new Kswapd(
                        balance,
                        shrinkers,
                        (order, highest) -> beforeSleep(compactions.get(balance.nid()), order, highest),
                        counts,
                        context,
                        log,
                        trace))
                .toList();
        kcompactds = compactions.stream()
                .map(each -> new Kcompactd(
                        each, options, () -> kswapds.get(each.nid()).isAtWork(), counts, context, log, trace))
                .toList();
        pagesManagedChanged();
    }

    /** Memory has come or gone: what badness is measured by is counted again. */
    public void pagesManagedChanged() {
        oom.setPagesTotal(balances.stream().mapToLong(NodeBalance::pagesManaged).sum());
    }

    /** What compaction tried in vain may succeed, as there are free pages now. In Linux: kswapd_try_to_sleep(). */
    private void beforeSleep(NodeCompaction compaction, int order, ZoneType highest) {
        compaction.forgetHints();
        kcompactds.get(compaction.nid()).wake(order, highest);
    }

    /** Who can free something. */
    public Shrinkers shrinkers() {
        return shrinkers;
    }

    /**
     * Wakes who can do something: kswapd if there is too little memory, else kcompactd for who does not compact himself. In
     * Linux: wakeup_kswapd().
     */
    @Override
    public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {
        if (kcompactds.isEmpty()) {
            return; // the node is being made
        }
        boolean isKswapdWoken = !shrinkers.isEmpty() && kswapds.get(nid).wake(order, highest, gfp);
        if (!isKswapdWoken && !Gfp.allowsBlocking(gfp)) {
            kcompactds.get(nid).wake(order, highest);
        }
    }

    @Override
    public void movableOwnerCame() {
        kcompactds.forEach(Kcompactd::begin);
    }

    /** Frees 32 pages if it can, with ever more force. In Linux: try_to_free_pages(). */
    @Override
    public long reclaim(int nid, int gfp, int order) {
        if (shrinkers.isEmpty()) {
            return 0;
        }
        counts.directRuns.increment();
        throttle(nid, gfp);
        Freed freed = new Freed();
        trace.mmVmscanDirectReclaimBegin(order, gfp);
        try {
            reclaim(nid, gfp, freed);
        } finally {
            trace.mmVmscanDirectReclaimEnd(freed.pages());
        }
        return freed.pages() > 0 ? freed.pages() : awaitKswapd(nid);
    }

    private void reclaim(int nid, int gfp, Freed freed) {
        do {
            for (int priority = Kswapd.DEF_PRIORITY; priority >= 0 && freed.pages() < SWAP_CLUSTER_MAX; priority--) {
                shrinkNodes(nid, gfp, priority, freed);
            }
        } while (freed.pages() == 0 && freed.cgroups().takeLow());
        counts.pagesScannedDirect.add(freed.scanned());
        counts.pagesReclaimedDirect.add(freed.pages());
    }

    /**
     * Nothing was freed: perhaps because kswapd has it all in hand, and will have freed it in a moment. A request that came
     * back at once would fail while memory is about to be free. So it waits for a tenth of a second at most, while kswapd
     * works, until some is free, and takes that for progress. In Linux: reclaim_throttle() with VMSCAN_THROTTLE_NOPROGRESS.
     * Differs: that waits for a tick, and looks at the lists again whatever came.
     *
     * @return how many pages more are free now
     */
    private long awaitKswapd(int nid) {
        Kswapd kswapd = kswapds.get(nid);
        NodeBalance balance = balances.get(nid);
        long before = balance.pagesFree();
        long start = System.nanoTime();
        Waiting waiting = new Waiting();
        while (kswapd.isAtWork()
                && !kswapd.isHopeless()
                && balance.pagesFree() <= before
                && System.nanoTime() - start < NO_PROGRESS_NANOS) {
            waiting.once();
        }
        waiting.end();
        return Math.max(0, balance.pagesFree() - before);
    }

    private void shrinkNodes(int nid, int gfp, int priority, Freed freed) {
        int nodes = Gfp.has(gfp, Gfp.__GFP_THISNODE) ? 1 : balances.size();
        for (int each = 0; each < nodes; each++) {
            int node = (nid + each) % balances.size();
            long before = freed.pages();
            shrinkers.shrink(gfp, node, priority, freed);
            if (freed.pages() > before) {
                kswapds.get(node).hasHope();
            }
        }
    }

    /**
     * Below half of the reserve, requests wait for kswapd rather than use it up, as long as kswapd could do something; at
     * most a second. In Linux: throttle_direct_reclaim().
     */
    private void throttle(int nid, int gfp) {
        NodeBalance balance = balances.get(nid);
        if (balance.allowsDirectReclaim() || shrinkers.pagesReclaimable(gfp, nid) == 0) {
            return;
        }
        counts.throttled.increment();
        boolean interrupted = false;
        long start = System.nanoTime();
        Kswapd kswapd = kswapds.get(nid);
        while (!balance.allowsDirectReclaim()
                && !kswapd.isHopeless()
                && System.nanoTime() - start < THROTTLE_NANOS
                && shrinkers.pagesReclaimable(gfp, nid) > 0) {
            kswapd.wake(0, ZoneType.NORMAL, gfp);
            interrupted |= Thread.interrupted(); // an interrupted thread would not park
            LockSupport.parkNanos(this, TICK_NANOS);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean outOfMemory(int nid, int gfp, int order) {
        return oom.outOfMemory(gfp, order);
    }

    // Cgroups.

    /** Makes memory cgroups known, so that shrinkers that tell them apart are asked about each. Called once, at boot. */
    public void setCgroups(MemoryCgroup root) {
        shrinkers.setCgroups(root);
    }

    /**
     * Frees what a cgroup and those below it can do without, with ever more force; what those below protect goes last, or
     * never. In Linux: try_to_free_mem_cgroup_pages().
     *
     * @param pages how many are wanted; 32 at least are tried
     * @return how many pages or objects were freed
     */
    public long reclaimCgroup(MemoryCgroup cgroup, long pages, int gfp) {
        Freed freed = new Freed(cgroup);
        long wanted = Math.max(pages, SWAP_CLUSTER_MAX);
        List<MemoryCgroup> subtree = shrinkers.isEmpty() ? List.of() : cgroup.subtree();
        do {
            for (int priority = Kswapd.DEF_PRIORITY; priority >= 0 && freed.objects() < wanted; priority--) {
                shrinkCgroups(subtree, gfp, priority, freed);
            }
        } while (freed.objects() == 0 && freed.cgroups().takeLow());
        return freed.objects();
    }

    private void shrinkCgroups(List<MemoryCgroup> subtree, int gfp, int priority, Freed freed) {
        for (MemoryCgroup each : subtree) {
            for (int nid = 0; nid < balances.size(); nid++) {
                shrinkers.shrinkCgroup(gfp, nid, each, priority, freed);
            }
        }
    }

    /** Ends somebody of a cgroup or of those below it; whether it is worth trying again. */
    public boolean outOfMemory(MemoryCgroup cgroup, int gfp, int order) {
        return oom.outOfMemory(cgroup, gfp, order);
    }

    /** A cgroup is gone: what shrinkers were spared in it is left to its parent. */
    public void removed(MemoryCgroup cgroup) {
        shrinkers.removed(cgroup);
    }

    /** Who is ended when there is nothing left to reclaim. */
    public OomKiller oom() {
        return oom;
    }

    @Override
    public long pagesReclaimable(int nid) {
        return shrinkers.pagesReclaimable(Gfp.GFP_KERNEL, nid);
    }

    /** Whether the kswapd of the node has given up. In Linux: node_unreclaimable of /proc/zoneinfo. */
    public boolean isHopeless(int nid) {
        return kswapds.get(nid).isHopeless();
    }

    /** Whether the node has a kswapd thread. */
    public boolean isKswapdRunning(int nid) {
        return kswapds.get(nid).isRunning();
    }

    /** Whether the node has a kcompactd thread. */
    public boolean isKcompactdRunning(int nid) {
        return kcompactds.get(nid).isRunning();
    }

    /** What was done so far. */
    public ReclaimSnapshot snapshot() {
        return counts.snapshot();
    }

    /** Ends the threads, and waits for them. Requests may go on to reclaim themselves, but nobody can register any more. */
    @Override
    public void close() {
        kswapds.forEach(Kswapd::stop);
        kcompactds.forEach(Kcompactd::stop);
        shrinkers.close();
        oom.close();
    }
}
