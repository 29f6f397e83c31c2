package org.mm4j.slab;

/** A Barn of one full and one empty sheaf without its lock: who takes looks, dawdles, and takes. */
final class LooseBarn {
    private volatile Sheaf full;
    private volatile Sheaf empty;
    private volatile int fullCount;

    LooseBarn(Sheaf full, Sheaf empty) {
        this.full = full;
        this.empty = empty;
        fullCount = full == null ? 0 : 1;
    }

    int full() {
        return fullCount;
    }

    /** As Barn.replaceFull(). */
    Sheaf replaceFull(Sheaf given) {
        Sheaf sheaf = empty;
        Thread.onSpinWait();
        if (sheaf != null) {
            empty = null;
            full = given;
            fullCount++;
        }
        return sheaf;
    }

    /** As Barn.replaceEmpty(). */
    Sheaf replaceEmpty(Sheaf given) {
        Sheaf sheaf = full;
        Thread.onSpinWait();
        if (sheaf != null) {
            full = null;
            fullCount--;
            empty = given;
        }
        return sheaf;
    }

    /** As Barn.takeAll(). */
    Sheaf takeAll() {
        Sheaf sheaf = full;
        Thread.onSpinWait();
        full = null;
        fullCount = 0;
        empty = null;
        return sheaf;
    }
}
