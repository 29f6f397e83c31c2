package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.jspecify.annotations.Nullable;

/**
 * The objects of one cache's slabs, one by one or many at once, with no slab set apart for a CPU: what engines stand on
 * that keep objects in arrays. The arrays hold {@link KeptObject} words.
 *
 * <pre>
 *   take     list ----&gt; slab on no list ----&gt; so many objects off its freelist ----&gt; what is left goes back to the list's head
 *   put      objects of the same slab that stand near each other are linked, and freed by one compare-and-set
 * </pre>
 *
 * <p>In Linux 7.0: mm/slub.c, get_from_partial(), refill_objects(), __kmem_cache_free_bulk(). Differs: objects are taken
 * off an isolated slab's freelist as many as needed, instead of all of them with the rest freed again.
 */
final class SlabObjects {
    /*
     * Why objects may be popped by compare-and-set: only whoever has the slab for itself pops, others only push. A head
     * that is read and is still the head was the head all the time, and the objects behind it are as they were.
     */
    private static final int LOOKAHEAD = 3;

    private final CacheSlabs slabs;
    private final SlabFreelists freelists;
    private final SlabFrames frames;
    private final ObjectMemory memory;
    private final SlabReports reports;

    SlabObjects(KmemCache cache, SlabFrames frames) {
        this.frames = frames;
        slabs = cache.slabs();
        freelists = slabs.freelists();
        memory = cache.memory();
        reports = cache.reports();
    }

    int nodes() {
        return slabs.nodes();
    }

    // Words.

    long keep(Slab slab, int object) {
        return KeptObject.of(object, memory.start(slab, object));
    }

    Slab slab(long kept) {
        return frames.slabAt(KeptObject.start(kept));
    }

    /** Makes a kept object the caller's, and returns its address. */
    long handOut(long kept) {
        long start = KeptObject.start(kept);
        frames.slabAt(start).setAllocated(KeptObject.object(kept));
        return memory.address(start);
    }

    // Taking.

    /**
     * The address of an object, which is now allocated; 0 when there is none, which is logged. Holding no lock.
     *
     * @param nid the node that the caller wants, or {@link org.mm4j.api.PageAllocator#NO_NODE}
     * @param home the node where to begin when the caller wants none
     */
    long alloc(int gfp, int nid, int home) {
        Slab slab = slabs.get(gfp, nid, home, 1);
        if (slab == null) {
            return 0;
        }
        long word;
        int object;
        int next;
        do {
            word = slab.wordAcquire(); // [slabword.A1]
            object = SlabWord.freelist(word);
            next = memory.next(slab, object);
        } while (!casPopped(slab, word, next, 1));
        slab.setAllocated(object);
        settle(slab, object, next);
        return memory.address(slab, object);
    }

    /**
     * Takes objects of one node's partial slabs to {@code kept[from]} and behind.
     *
     * @return how many; fewer than wanted when there are no more
     */
    int take(int nid, long[] kept, int from, int to) {
        int place = from;
        Slab slab = detach(slabs.node(nid), to - from);
        while (slab != null) {
            Slab next = slab.next;
            slab.next = null;
            place = pop(slab, kept, place, to);
            slab = next;
        }
        return place - from;
    }

    /**
     * Takes objects of one other slab, of any node or new, to {@code kept[from]} and behind. Holding no lock, as pages may
     * be needed.
     *
     * @return how many; 0 when there is no memory, which is logged
     */
    int takeOfAny(int gfp, int home, long[] kept, int from, int to) {
        Slab slab = slabs.get(gfp, NO_NODE, home, 1);
        return slab == null ? 0 : pop(slab, kept, from, to) - from;
    }

    /**
     * Puts the addresses of objects, which are now allocated, to {@code taken[from]} and behind. Holding no lock.
     *
     * @return how many; fewer than wanted when there is no memory, which is logged
     */
    int allocBulk(int gfp, int home, long[] taken, int from, int to) {
        int place = from;
        int count = take(home, taken, from, to);
        while (true) {
            for (int end = place + count; place < end; place++) {
                taken[place] = handOut(taken[place]);
            }
            count = place == to ? 0 : takeOfAny(gfp, home, taken, place, to);
            if (count == 0) {
                return place - from;
            }
        }
    }

    /** Takes slabs off the list until they have so many free objects: a chain by {@code next}. */
    private static @Nullable Slab detach(NodeSlabs node, int objects) {
        if (node.partial() == 0 || objects == 0) {
            return null; // racy: a slab that is listed now will be found the next time
        }
        Slab chain = null;
        int found = 0;
        node.lock();
        try {
            for (Slab slab = node.first(); slab != null && found < objects; slab = node.first()) {
                node.removePartial(slab);
                found += SlabWord.free(slab.wordAcquire()); // [slabword.A1] others may free more
                slab.next = chain;
                chain = slab;
            }
        } finally {
            node.unlock();
        }
        return chain;
    }

    /** Takes as many objects as there are, or as fit, of the caller's own slab, and lets go of it. Returns the next place. */
    private int pop(Slab slab, long[] kept, int from, int to) {
        if (from == to) {
            slabs.list(slab, false); // others have freed objects of those before
            return to;
        }
        while (true) {
            long word = slab.wordAcquire(); // [slabword.A1]
            int last = 0;
            int next = SlabWord.freelist(word);
            int place = from;
            while (next > 0 && place < to) {
                last = next;
                kept[place++] = keep(slab, last);
                next = memory.next(slab, last);
                if (next > 0 && place - from == SlabWord.free(word)) {
                    next = ObjectMemory.CORRUPT; // a cycle: that was the last one
                }
            }
            if (casPopped(slab, word, next, place - from)) {
                settle(slab, last, next);
                return place;
            }
        }
    }

    /** The objects behind a bad link are given up: they stay in use for good. */
    private static boolean casPopped(Slab slab, long word, int next, int count) {
        boolean isCorrupt = next == ObjectMemory.CORRUPT;
        return slab.casWord(word, isCorrupt ? SlabWord.taken(word, false) : SlabWord.popped(word, next, count));
    }

    /** A slab with free objects goes to its list; a full one is nobody's already. */
    private void settle(Slab slab, int last, int next) {
        if (next > 0) {
            slabs.list(slab, false);
        } else if (next == ObjectMemory.CORRUPT) {
            reports.corrupt(slab, last);
        }
    }

    // Giving back.

    /** Gives a chain that was claimed back to its slab. Holding no lock. */
    void free(Slab slab, int head, int tail, int count) {
        discard(freelists.freeUndiscarded(slab, head, tail, count));
    }

    /**
     * Gives kept objects back to their slabs; their order changes.
     *
     * @return slabs that have become empty, for {@link #discard} as soon as no lock is held
     */
    @Nullable
    Slab put(long[] kept, int from, int to) {
        Slab emptied = null;
        int end = to;
        while (end > from) {
            Slab slab = slab(kept[end - 1]);
            int count = link(slab, kept, from, end);
            int head = KeptObject.object(kept[end - count]);
            if (freelists.freeUndiscarded(slab, head, KeptObject.object(kept[end - 1]), count) != null) {
                slab.next = emptied;
                emptied = slab;
            }
            end -= count;
        }
        return emptied;
    }

    /** Moves objects of the slab to those before {@code end}, and links them. Returns how many. */
    private int link(Slab slab, long[] kept, int from, int end) {
        int first = end - 1;
        int others = 0;
        for (int at = end - 2; at >= from && others < LOOKAHEAD; at--) {
            long each = kept[at];
            if (slab(each) == slab) {
                memory.setNext(slab, KeptObject.object(each), KeptObject.object(kept[first]));
                first--;
                kept[at] = kept[first];
                kept[first] = each;
            } else {
                others++;
            }
        }
        return end - first;
    }

    // Sheaves.

    /** Fills a sheaf that is the caller's alone. Holding no lock. False when there is no memory; it has some objects then. */
    boolean fill(Sheaf sheaf, int gfp, int home) {
        int capacity = sheaf.objects.length;
        sheaf.size += take(home, sheaf.objects, sheaf.size, capacity);
        while (sheaf.size < capacity) {
            int count = takeOfAny(gfp, home, sheaf.objects, sheaf.size, capacity);
            if (count == 0) {
                return false;
            }
            sheaf.size += count;
        }
        return true;
    }

    /** Empties a sheaf that is the caller's alone. Holding no lock. */
    void flush(Sheaf sheaf) {
        Slab emptied = put(sheaf.objects, 0, sheaf.size);
        sheaf.size = 0;
        discard(emptied);
    }

    /** The grace period of a sheaf's objects is over: they are free. */
    void endDefer(Sheaf sheaf) {
        for (int at = 0; at < sheaf.size; at++) {
            slab(sheaf.objects[at]).endDefer(KeptObject.object(sheaf.objects[at]));
        }
    }

    /** Shows a sheaf's objects. */
    void visit(Sheaf sheaf, SlabEngine.Visitor visitor) {
        for (int at = 0; at < sheaf.size; at++) {
            visitor.keeps(slab(sheaf.objects[at]), KeptObject.object(sheaf.objects[at]));
        }
    }

    /** The object that {@code object} is linked to; 0, which is logged, when the link is bad. */
    int next(Slab slab, int object) {
        int next = memory.next(slab, object);
        if (next == ObjectMemory.CORRUPT) {
            reports.corrupt(slab, object);
        }
        return Math.max(next, 0);
    }

    /** Gives the pages of slabs back that {@link #put} has emptied. Holding no lock. */
    void discard(@Nullable Slab chain) {
        Slab slab = chain;
        while (slab != null) {
            Slab next = slab.next;
            slab.next = null;
            slabs.discard(slab);
            slab = next;
        }
    }
}
