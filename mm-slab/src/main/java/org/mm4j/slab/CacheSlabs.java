package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/**
 * All slabs of one cache: what every engine stands on. Engines take whole slabs or whole freelists from here, and give
 * objects back.
 *
 * <pre>
 *   where a slab is            frozen   isOnPartial   freelist
 *   on a node's partial list     no        yes        not empty
 *   with an engine               no        no         not empty      taken off its list, or not listed yet
 *   a CPU's active slab          yes       no         any
 *   full, on no list             no        no         empty
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, from get_partial() to __slab_free().
 */
final class CacheSlabs {
    /*
     * Invariants
     *   N1  a slab is in one row of the table above.
     *   N2  a slab whose objects are all free is on a partial list, with an engine, or being discarded by one thread.
     *
     * The list is decided upon before the compare-and-set that frees, under the lock, on speculation: afterwards
     * somebody else could have listed, taken or discarded the slab. Three cases follow when the lock was taken:
     *
     *   it was full                    nobody has it: whoever freed the first object lists it
     *   it was not, and is listed      it has become empty: it stays or is discarded
     *   it was not, and is not listed  somebody took it off the list, and will see to it
     */
    private final KmemCache cache;
    private final CacheTuning tuning;
    private final ObjectMemory memory;
    private final SlabPages pages;
    private final SlabRandom random;
    private final SlabReports reports;
    private final NodeSlabs[] nodes;

    // How a free under the lock ended.

    /** The word was changed by others meanwhile. */
    private static final int AGAIN = 0;

    private static final int DONE = 1;

    /** The slab is on no list now, has no objects in use, and is not wanted. */
    private static final int EMPTIED = 2;

    CacheSlabs(KmemCache cache, SlabParts parts, KmemCacheArgs args) {
        this.cache = cache;
        tuning = cache.tuning();
        memory = cache.memory();
        random = parts.random();
        reports = cache.reports();
        pages = new SlabPages(cache, parts, args);
        nodes = new NodeSlabs[parts.config().nodes()];
        for (int nid = 0; nid < nodes.length; nid++) {
            nodes[nid] = new NodeSlabs();
        }
    }

    NodeSlabs node(int nid) {
        return nodes[nid];
    }

    int nodes() {
        return nodes.length;
    }

    ObjectMemory memory() {
        return memory;
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
        if (cache.isDestroyed()) {
            throw new IllegalStateException("cache " + cache.name() + " has been destroyed");
        }
        Slab slab = pages.create(gfp, nid);
        if (slab != null) {
            nodes[slab.node].countNew(slab);
        }
        return slab;
    }

    /** Gives the pages of a slab on no list back, whose objects are all free. */
    void discard(Slab slab) {
        nodes[slab.node].countDiscarded(slab);
        pages.discard(slab);
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

    // Freelists.

    /** Makes a slab on no list the caller's own, and takes its freelist. In Linux: freeze_slab(). */
    int freeze(Slab slab) {
        assert !slab.isOnPartial : slab + " is still on its list";
        while (true) {
            long word = slab.wordAcquire(); // [slabword.A1] pairs with [slabword.R1] in free()
            assert !SlabWord.isFrozen(word) : slab + " belongs to a CPU";
            if (slab.casWord(word, SlabWord.taken(word, true))) {
                return SlabWord.freelist(word);
            }
        }
    }

    /**
     * Takes what others have freed into the caller's own slab. When that is nothing, the slab is full and nobody's: the
     * caller lets go of it. In Linux: get_freelist().
     */
    int takeFreed(Slab slab) {
        while (true) {
            long word = slab.wordAcquire(); // [slabword.A1]
            assert SlabWord.isFrozen(word) : slab + " belongs to nobody";
            int freelist = SlabWord.freelist(word);
            if (slab.casWord(word, SlabWord.taken(word, freelist != 0))) {
                return freelist;
            }
        }
    }

    // Giving back.

    /**
     * Gives a chain of free objects back to their slab: {@code head} to {@code tail}, linked but for the tail. Whoever
     * frees the first object of a full slab is given the slab. In Linux: __slab_free().
     *
     * @param isListed whether such a slab goes on its node's partial list instead
     * @return the slab that was full, for the engine to keep; null: nothing is left to do
     */
    @Nullable
    Slab free(Slab slab, int head, int tail, int count, boolean isListed) {
        NodeSlabs node = nodes[slab.node];
        while (true) {
            long word = slab.wordAcquire(); // [slabword.A1]
            int freelist = SlabWord.freelist(word);
            memory.setNext(slab, tail, freelist);
            long freed = SlabWord.freed(word, head, count);
            boolean wasFull = freelist == 0;
            boolean concernsList = !SlabWord.isFrozen(word) && (wasFull ? isListed : SlabWord.inuse(freed) == 0);
            if (!concernsList) {
                if (slab.casWord(word, freed)) { // [slabword.R1] publishes the links to whoever takes the list
                    return wasFull && !SlabWord.isFrozen(word) ? slab : null;
                }
            } else {
                int outcome = freeLocked(node, slab, word, freed);
                if (outcome == EMPTIED) {
                    discard(slab);
                }
                if (outcome != AGAIN) {
                    return null;
                }
            }
        }
    }

    /**
     * {@link #free} that lists the slab, and leaves the discarding to the caller, who may be where pages cannot be given
     * back.
     *
     * @return the slab, when it has become empty and there are enough of those: on no list, for {@link #discard}
     */
    @Nullable
    Slab freeUndiscarded(Slab slab, int head, int tail, int count) {
        NodeSlabs node = nodes[slab.node];
        while (true) {
            long word = slab.wordAcquire(); // [slabword.A1]
            int freelist = SlabWord.freelist(word);
            memory.setNext(slab, tail, freelist);
            long freed = SlabWord.freed(word, head, count);
            boolean concernsList = !SlabWord.isFrozen(word) && (freelist == 0 || SlabWord.inuse(freed) == 0);
            if (concernsList) {
                int outcome = freeLocked(node, slab, word, freed);
                if (outcome != AGAIN) {
                    return outcome == EMPTIED ? slab : null;
                }
            } else if (slab.casWord(word, freed)) { // [slabword.R1]
                return null;
            }
        }
    }

    /** The free may change the list that the slab is on. */
    private int freeLocked(NodeSlabs node, Slab slab, long word, long freed) {
        boolean isEmptied = false;
        node.lock();
        boolean isDone = slab.casWord(word, freed); // [slabword.R1]
        boolean wasFull = SlabWord.freelist(word) == 0;
        if (isDone && (wasFull || slab.isOnPartial)) {
            isEmptied = SlabWord.inuse(freed) == 0 && node.partial() >= tuning.minPartial();
            if (isEmptied && !wasFull) {
                node.removePartial(slab);
            } else if (!isEmptied && wasFull) {
                node.addPartial(slab, true);
            }
        }
        node.unlock();
        return isEmptied ? EMPTIED : isDone ? DONE : AGAIN;
    }

    /**
     * Lets go of the caller's own slab, whose freelist goes back to it. In Linux: deactivate_slab().
     *
     * @param head the first object that the caller had of the slab's freelist, 0: none
     * @return 0, or the object whose link is bad: those behind it are lost
     */
    int deactivate(Slab slab, int head) {
        int count = 0;
        int tail = 0;
        int next = head;
        while (next > 0) {
            tail = next;
            count++;
            next = count < slab.objects ? memory.next(slab, tail) : 0;
        }
        unfreeze(slab, head, tail, count);
        return next == ObjectMemory.CORRUPT ? tail : 0;
    }

    private void unfreeze(Slab slab, int head, int tail, int count) {
        long word;
        long next;
        do {
            word = slab.wordAcquire(); // [slabword.A1]
            int freelist = SlabWord.freelist(word);
            if (count > 0) {
                memory.setNext(slab, tail, freelist);
            }
            next = SlabWord.unfrozen(word, count > 0 ? head : freelist, count);
        } while (!slab.casWord(word, next)); // [slabword.R1]
        if (SlabWord.inuse(next) == 0 && nodes[slab.node].partial() >= tuning.minPartial()) {
            discard(slab); // nobody has an object of it, and it is on no list
        } else if (SlabWord.freelist(next) != 0) {
            list(slab, SlabWord.freelist(word) != 0);
        }
    }

    /** Puts a slab with free objects that is on no list on its node's list. */
    void list(Slab slab, boolean toTail) {
        NodeSlabs node = nodes[slab.node];
        node.lock();
        node.addPartial(slab, toTail);
        node.unlock();
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
        node.lock();
        boolean isDiscarded =
                SlabWord.inuse(slab.wordAcquire()) == 0 && node.partial() >= tuning.minPartial(); // [slabword.A1]
        if (!isDiscarded) {
            node.addPartial(slab, true);
        }
        node.unlock();
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

    /** Gives a slab's pages back although callers have objects of it. For the end of the allocator. */
    void abandon(Slab slab) {
        NodeSlabs node = nodes[slab.node];
        node.lock();
        if (slab.isOnPartial) {
            node.removePartial(slab);
        } else if (slab.isOnFull) {
            node.removeFull(slab);
        }
        node.unlock();
        discard(slab);
    }

    /** Shows the slabs on all partial lists, each list under its lock. */
    void forEachPartial(Consumer<Slab> visitor) {
        for (NodeSlabs node : nodes) {
            node.forEachPartial(visitor);
        }
    }
}
