package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/**
 * All slabs of one cache, and where they are: what every engine stands on. Engines take whole slabs from here and give them
 * back; objects they take and give by {@link SlabFreelists}.
 *
 * <pre>
 *   where a slab is            frozen   isOnPartial   freelist
 *   on a node's partial list     no        yes        not empty
 *   with an engine               no        no         not empty      taken off its list, or not listed yet
 *   a CPU's active slab          yes       no         any
 *   full, on no list             no        no         empty
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, get_partial(), new_slab(), discard_slab(), put_partials().
 */
final class CacheSlabs {
    /*
     * Invariants
     *   N1  a slab is in one row of the table above.
     *   N2  a slab whose objects are all free is on a partial list, with an engine, or being discarded by one thread.
     */
    private final KmemCache cache;
    private final CacheTuning tuning;
    private final SlabPages pages;
    private final SlabRandom random;
    private final SlabReports reports;
    private final NodeSlabs[] nodes;
    private final SlabFreelists freelists;

    CacheSlabs(KmemCache cache, SlabParts parts, KmemCacheArgs args) {
        this.cache = cache;
        tuning = cache.tuning();
        random = parts.random();
        reports = cache.reports();
        pages = new SlabPages(cache, parts, args);
        nodes = new NodeSlabs[parts.config().nodes()];
        for (int nid = 0; nid < nodes.length; nid++) {
            nodes[nid] = new NodeSlabs();
        }
        freelists = new SlabFreelists(cache, this);
    }

    /** How objects leave slabs and come back. */
    SlabFreelists freelists() {
        return freelists;
    }

    NodeSlabs node(int nid) {
        return nodes[nid];
    }

    int nodes() {
        return nodes.length;
    }

    /** All slabs. Racy. */
    long slabs() {
        long sum = 0;
        for (NodeSlabs node : nodes) {
            sum += node.slabs();
        }
        return sum;
    }

    // Whole slabs for engines.

    /**
     * Slabs with free objects on no list, from a partial list or made: a chain by {@code next}. Null when there are none,
     * which is logged. Holding no lock.
     *
     * @param nid the node that the caller wants, or {@link PageAllocator#NO_NODE}
     * @param home the node where to begin when the caller wants none
     * @param slabsMax how many at the most, 1 or more
     */
    @Nullable
    Slab get(int gfp, int nid, int home, int slabsMax) {
        if (nid == NO_NODE) {
            return getOrReport(gfp, nid, home, slabsMax);
        }
        if (!Gfp.has(gfp, Gfp.__GFP_THISNODE)) {
            Slab here = getOnce(Gfp.GFP_NOWAIT | Gfp.__GFP_THISNODE, nid, nid, slabsMax); // before others are asked
            if (here != null) {
                return here;
            }
        }
        return getOrReport(gfp, nid, nid, slabsMax);
    }

    private @Nullable Slab getOrReport(int gfp, int nid, int home, int slabsMax) {
        Slab slab = getOnce(gfp, nid, home, slabsMax);
        if (slab == null) {
            reports.outOfMemory(this, gfp, home, nid);
        }
        return slab;
    }

    private @Nullable Slab getOnce(int gfp, int nid, int home, int slabsMax) {
        boolean isNear = nid == NO_NODE || !Gfp.has(gfp, Gfp.__GFP_THISNODE);
        Slab partial = takePartial(home, isNear, slabsMax);
        return partial == null ? create(gfp, nid) : partial;
    }

    /** A new slab on no list; null when there are no pages. Holding no lock. */
    @Nullable
    Slab create(int gfp, int nid) {
        boolean isGone = cache.isDestroyed();
        Slab slab = isGone ? null : pages.create(gfp, nid);
        if (slab != null) {
            nodes[slab.node].countNew(slab);
            isGone = cache.isDestroyed(); // after the count: either this is seen, or destroy() sees that a slab is left
            if (isGone) {
                discard(slab);
            }
        }
        if (isGone) {
            throw new IllegalStateException("cache " + cache.name() + " has been destroyed");
        }
        return slab;
    }

    /**
     * Gives the pages of a slab on no list back, whose objects are all free. When its readers cannot be waited for any
     * more, as the {@link Rcu} is closed, it stays on its list.
     */
    void discard(Slab slab) {
        nodes[slab.node].countDiscarded(slab);
        if (!pages.discard(slab)) {
            nodes[slab.node].countNew(slab);
            list(slab, true);
        }
    }

    /**
     * Takes slabs off a partial list, a chain by {@code next}; null when there are none.
     *
     * @param nid where to look
     * @param isNear whether other nodes will do as well
     * @param slabsMax how many at the most, 1 or more
     */
    @Nullable
    Slab takePartial(int nid, boolean isNear, int slabsMax) {
        Slab found = nodes[nid].takePartial(slabsMax);
        return found == null && isNear && nodes.length > 1 ? takeRemote(nid, slabsMax) : found;
    }

    /** Now and then other nodes' slabs are used up before a new one is made. In Linux: get_any_partial(). */
    private @Nullable Slab takeRemote(int nid, int slabsMax) {
        boolean isWanted = looksElsewhere();
        for (int step = 1; isWanted && step < nodes.length; step++) {
            NodeSlabs node = nodes[(nid + step) % nodes.length];
            Slab found = node.partial() > tuning.minPartial() ? node.takePartial(slabsMax) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Whether it is time to look at other nodes. */
    boolean looksElsewhere() {
        int ratio = tuning.defragRatio();
        return ratio > 0 && random.below(CacheTuning.DEFRAG_SCALE) <= ratio;
    }

    // Whole slabs back.

    /** Puts a slab with free objects that is on no list on its node's list. */
    void list(Slab slab, boolean toTail) {
        NodeSlabs node = nodes[slab.node];
        node.lock();
        try {
            node.addPartial(slab, toTail);
        } finally {
            node.unlock();
        }
    }

    /** Gives slabs that an engine kept to their nodes' lists, those without objects to the pages. In Linux: put_partials(). */
    void putPartials(@Nullable Slab chain) {
        Slab slab = chain;
        while (slab != null) {
            Slab next = slab.next;
            slab.next = null;
            putPartial(slab);
            slab = next;
        }
    }

    /** Under the lock inuse cannot become 0 by others, but may be. */
    private void putPartial(Slab slab) {
        NodeSlabs node = nodes[slab.node];
        boolean isDiscarded;
        node.lock();
        try {
            isDiscarded = SlabWord.inuse(slab.wordAcquire()) == 0 // [slabword.A1]
                    && node.partial() >= tuning.minPartial();
            if (!isDiscarded) {
                node.addPartial(slab, true);
            }
        } finally {
            node.unlock();
        }
        if (isDiscarded) {
            discard(slab);
        }
    }

    // Shrinking.

    /**
     * Discards the slabs on the lists whose objects are all free, and sorts the others, fullest first.
     *
     * @return whether slabs are left. In Linux: __kmem_cache_do_shrink()
     */
    boolean shrink() {
        boolean isLeft = false;
        for (NodeSlabs node : nodes) {
            Slab empty = new PartialSort(node).sort();
            while (empty != null) {
                Slab next = empty.next;
                empty.next = null;
                discard(empty);
                empty = next;
            }
            isLeft |= node.slabs() > 0;
        }
        return isLeft;
    }

    /** Gives a slab's pages back although callers have objects of it, or readers look. For the end of the allocator. */
    void abandon(Slab slab) {
        NodeSlabs node = nodes[slab.node];
        node.lock();
        try {
            if (slab.isOnPartial) {
                node.removePartial(slab);
            } else if (slab.isOnFull) {
                node.removeFull(slab);
            }
        } finally {
            node.unlock();
        }
        node.countDiscarded(slab);
        pages.abandon(slab);
    }

    /** Shows the slabs on all partial lists, each list under its lock. */
    void forEachPartial(Consumer<Slab> visitor) {
        for (NodeSlabs node : nodes) {
            node.forEachPartial(visitor);
        }
    }
}
