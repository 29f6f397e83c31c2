package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * How objects leave the slabs of one cache and come back: whole freelists to a CPU, chains of objects from anybody.
 *
 * <pre>
 *   freeze       [ a -&gt; b -&gt; c ]  --------&gt;  a CPU has a, b, c; the slab is frozen
 *   takeFreed    what others freed meanwhile, to the same CPU; nothing: the slab is full and nobody's
 *   free         x -&gt; y  --------&gt;  [ x -&gt; y -&gt; ... ]      and, when that concerns a list, the list
 *   deactivate   what the CPU has left goes back; the slab is listed, or discarded
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, freeze_slab(), get_freelist(), __slab_free(), deactivate_slab().
 */
final class SlabFreelists {
    /*
     * The list is decided upon before the compare-and-set that frees, under the lock, on speculation: afterwards
     * somebody else could have listed, taken or discarded the slab. Three cases follow when the lock was taken:
     *
     *   it was full                    nobody has it: whoever freed the first object lists it
     *   it was not, and is listed      it has become empty: it stays or is discarded
     *   it was not, and is not listed  somebody took it off the list, and will see to it
     */

    // How a free under the lock ended.

    /** The word was changed by others meanwhile. */
    private static final int AGAIN = 0;

    private static final int DONE = 1;

    /** The slab is on no list now, has no objects in use, and is not wanted. */
    private static final int EMPTIED = 2;

    private final CacheSlabs slabs;
    private final ObjectMemory memory;
    private final CacheTuning tuning;

    SlabFreelists(KmemCache cache, CacheSlabs slabs) {
        this.slabs = slabs;
        memory = cache.memory();
        tuning = cache.tuning();
    }

    // To a CPU.

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

    // Back to the slab.

    /**
     * Gives a chain of free objects back to their slab: {@code head} to {@code tail}, linked but for the tail. Whoever
     * frees the first object of a full slab is given the slab. In Linux: __slab_free().
     *
     * @param isListed whether such a slab goes on its node's partial list instead
     * @return the slab that was full, for the engine to keep; null: nothing is left to do
     */
    @Nullable
    Slab free(Slab slab, int head, int tail, int count, boolean isListed) {
        NodeSlabs node = slabs.node(slab.node);
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
                    slabs.discard(slab);
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
     * @return the slab, when it has become empty and there are enough of those: on no list, for {@link CacheSlabs#discard}
     */
    @Nullable
    Slab freeUndiscarded(Slab slab, int head, int tail, int count) {
        NodeSlabs node = slabs.node(slab.node);
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
        boolean isDone;
        node.lock();
        try {
            isDone = slab.casWord(word, freed); // [slabword.R1]
            boolean wasFull = SlabWord.freelist(word) == 0;
            if (isDone && (wasFull || slab.isOnPartial)) {
                isEmptied = SlabWord.inuse(freed) == 0 && node.partial() >= tuning.minPartial();
                if (isEmptied && !wasFull) {
                    node.removePartial(slab);
                } else if (!isEmptied && wasFull) {
                    node.addPartial(slab, true);
                }
            }
        } finally {
            node.unlock();
        }
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
        if (SlabWord.inuse(next) == 0 && slabs.node(slab.node).partial() >= tuning.minPartial()) {
            slabs.discard(slab); // nobody has an object of it, and it is on no list
        } else if (SlabWord.freelist(next) != 0) {
            slabs.list(slab, SlabWord.freelist(word) != 0);
        }
    }
}
