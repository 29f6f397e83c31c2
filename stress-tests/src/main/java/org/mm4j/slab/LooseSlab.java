package org.mm4j.slab;

/** A slab that looks first and then writes, where the shipped one exchanges by one compare-and-set. */
final class LooseSlab {
    private final SlabRig rig;
    private final Slab slab;
    private volatile byte state = Slab.ALLOCATED;

    LooseSlab(SlabRig rig, Slab slab) {
        this.rig = rig;
        this.slab = slab;
    }

    /** As Slab.claim() of one object. */
    boolean claim() {
        if (state != Slab.ALLOCATED) {
            return false;
        }
        Thread.onSpinWait();
        state = Slab.FREE;
        return true;
    }

    /** As SlabFreelists.free() of one object. Whether the slab was full and nobody's. */
    boolean free(int object) {
        long word = slab.wordAcquire();
        rig.cache.memory().setNext(slab, object, SlabWord.freelist(word));
        long freed = SlabWord.freed(word, object, 1);
        Thread.onSpinWait();
        slab.setWordPlain(freed);
        return SlabWord.freelist(word) == 0 && !SlabWord.isFrozen(word);
    }
}
