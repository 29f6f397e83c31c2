package org.mm4j.slab;

/** Frees to a slab as SlabFreelists does, but takes the lock of the list when the object is back already. */
final class LooseList {
    private final SlabRig rig;
    private final Slab slab;

    LooseList(SlabRig rig, Slab slab) {
        this.rig = rig;
        this.slab = slab;
    }

    void free(int head, int tail, int count) {
        long word;
        long freed;
        do {
            word = slab.wordAcquire();
            rig.cache.memory().setNext(slab, tail, SlabWord.freelist(word));
            freed = SlabWord.freed(word, head, count);
        } while (!slab.casWord(word, freed));
        Thread.onSpinWait();
        boolean wasFull = SlabWord.freelist(word) == 0;
        boolean isEmpty = SlabWord.inuse(freed) == 0;
        NodeSlabs node = rig.cache.slabs().node(slab.node);
        boolean isEmptied = false;
        node.lock();
        if (wasFull || slab.isOnPartial) {
            isEmptied = isEmpty;
            if (isEmptied && !wasFull) {
                node.removePartial(slab);
            } else if (!isEmptied && wasFull) {
                node.addPartial(slab, true);
            }
        }
        node.unlock();
        if (isEmptied) {
            rig.cache.slabs().discard(slab);
        }
    }

    /** As SlabFreelists.deactivate() of a slab whose CPU has a chain of it; looks at the word first, and then stores. */
    void deactivate(int head, int tail, int count) {
        long word = slab.wordAcquire();
        rig.cache.memory().setNext(slab, tail, SlabWord.freelist(word));
        long next = SlabWord.unfrozen(word, head, count);
        Thread.onSpinWait();
        slab.setWordPlain(next);
        rig.cache.slabs().list(slab, true);
    }
}
