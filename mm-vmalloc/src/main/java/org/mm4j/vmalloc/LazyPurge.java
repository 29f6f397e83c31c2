package org.mm4j.vmalloc;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.mm4j.api.trace.Tracepoints;

/**
 * Makes the addresses of freed areas usable again, many at once, as a flush is dear.
 *
 * <pre>
 *   lazy lists of all nodes ---> one flush over all of them ---> pools of their homes
 *                                                          `---> free addresses, neighbours merged
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>L1: between the free of an area and the flush behind it, nobody gets any of its addresses,
 * <li>L2: {@code pagesLazy} counts the pages of the areas that are LAZY; those of one that is just being freed may be in
 * it already.
 * </ul>
 *
 * <p>A purge allocates no memory. If the flush fails, all areas are lazy as before.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, __purge_vmap_area_lazy(), purge_vmap_node(), lazy_max_pages(). Differs: who frees the area
 * that is one too many purges, and no worker.
 */
final class LazyPurge {
    /** 32 MiB. */
    private static final int PAGES_UNIT = 8192;

    private final AddressSpace space;
    private final VmapNode[] nodes;
    private final RangeFlush flush;
    private final Tracepoints trace;
    private final long pagesLazyMax;

    /** vmap_purge_lock. */
    private final ReentrantLock lock;

    private final AtomicLong pagesLazy = new AtomicLong();
    private final AtomicLong flushes = new AtomicLong();

    /** What goes back to the free addresses; guarded by the lock. */
    private final AreaList toSpace = new AreaList();

    private volatile Runnable onExhaustion = () -> {};

    LazyPurge(AddressSpace space, VmapNode[] nodes, int cpus, RangeFlush flush, ReentrantLock lock, Tracepoints trace) {
        this.lock = lock;
        this.space = space;
        this.nodes = nodes;
        this.flush = flush;
        this.trace = trace;
        pagesLazyMax = lazyMaxPages(cpus);
    }

    /** How many pages may be lazy before they are purged. In Linux: lazy_max_pages(). */
    static long lazyMaxPages(int cpus) {
        return (long) (Integer.SIZE - Integer.numberOfLeadingZeros(cpus)) * PAGES_UNIT;
    }

    long pagesLazy() {
        return pagesLazy.get();
    }

    long pagesLazyMax() {
        return pagesLazyMax;
    }

    long flushes() {
        return flushes.get();
    }

    /** What to do before a purge that has to find addresses: free what can be spared. */
    void setOnExhaustion(Runnable action) {
        onExhaustion = action;
    }

    /** An area that is LAZY waits for the next purge; if that is due, purges, unless someone else does. */
    void add(VmapArea area, VmapNode node) {
        pagesLazy.addAndGet(area.pages());
        node.lazy().add(area);
        while (pagesLazy.get() > pagesLazyMax && lock.tryLock()) {
            try {
                if (pagesLazy.get() > pagesLazyMax) {
                    purge(Long.MAX_VALUE, Long.MIN_VALUE, false);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Keeps others from purging until {@link #unlock}; the holder may. */
    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** There are no addresses for a request: gathers all there are. In Linux: reclaim_and_purge_vmap_areas(). */
    void reclaim() {
        onExhaustion.run();
        purge(Long.MAX_VALUE, Long.MIN_VALUE, true);
    }

    /**
     * Purges all that is lazy.
     *
     * @param start the flush begins here, if no area begins before; {@link Long#MAX_VALUE} for none
     * @param end the flush ends here, if no area ends behind; {@link Long#MIN_VALUE} for none
     * @param isFull whether all pools are emptied too, and nothing goes into them
     * @return how many areas were purged
     */
    int purge(long start, long end, boolean isFull) {
        lock.lock();
        try {
            decayPools(isFull);
            int areas = gather();
            flush(start, end, areas);
            for (VmapNode node : nodes) {
                distribute(node, isFull);
            }
            space.freeAll(toSpace);
            return areas;
        } finally {
            lock.unlock();
        }
    }

    /** What is in pools was flushed when it came there. */
    private void decayPools(boolean isFull) {
        for (VmapNode node : nodes) {
            node.pools().decay(isFull, toSpace);
        }
        space.freeAll(toSpace);
    }

    private int gather() {
        int areas = 0;
        for (VmapNode node : nodes) {
            node.lazy().moveTo(node.purging());
            areas += node.purging().count();
        }
        return areas;
    }

    /** One flush over all that was gathered, and over the range that was given; none when both are empty. */
    private void flush(long start, long end, int areas) {
        long from = start;
        long until = end;
        for (VmapNode node : nodes) {
            for (VmapArea area = node.purging().first(); area != null; area = area.next) {
                from = Math.min(from, area.start());
                until = Math.max(until, area.end());
            }
        }
        if (from >= until) {
            return;
        }
        boolean isDone = false;
        try {
            flush.flush(from, until);
            flushes.incrementAndGet();
            isDone = true;
            trace.purgeVmapAreaLazy(from, until, areas);
        } finally {
            if (!isDone) {
                takeBack();
            }
        }
    }

    private void takeBack() {
        for (VmapNode node : nodes) {
            node.lazy().takeBack(node.purging());
        }
    }

    /** To the pools of the node, if it is their home, or to the free addresses. */
    private void distribute(VmapNode node, boolean isFull) {
        long pages = 0;
        AreaList purging = node.purging();
        for (VmapArea area = purging.pollFirst(); area != null; area = purging.pollFirst()) {
            pages += area.pages();
            area.toFlushed();
            boolean isPooled =
                    !isFull && area.home() != VmapNode.NONE && node.pools().add(area);
            if (!isPooled) {
                toSpace.addLast(area);
            }
        }
        pagesLazy.addAndGet(-pages);
    }
}
