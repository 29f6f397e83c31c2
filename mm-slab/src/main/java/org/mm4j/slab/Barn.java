package org.mm4j.slab;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * A node's store of full and of empty sheaves, which its CPUs swap.
 *
 * <p>Both counts may pass their limit a little: who has to put a sheaf somewhere puts it here.
 *
 * <p>In Linux 6.18: {@code struct node_barn}.
 */
final class Barn {
    /** So many full sheaves are enough. In Linux: MAX_FULL_SHEAVES. */
    static final int FULL_MAX = 10;

    /** So many empty ones are enough. In Linux: MAX_EMPTY_SHEAVES. */
    static final int EMPTY_MAX = 10;

    private final SpinLock lock = new SpinLock(LockRank.BARN);
    private @Nullable Sheaf firstFull;
    private @Nullable Sheaf firstEmpty;
    private volatile int full;
    private volatile int empty;

    /** Full sheaves. Racy. In Linux: nr_full. */
    int full() {
        return full;
    }

    /** Empty sheaves. Racy. In Linux: nr_empty. */
    int empty() {
        return empty;
    }

    void putFull(Sheaf sheaf) {
        lock.lock();
        try {
            pushFull(sheaf);
        } finally {
            lock.unlock();
        }
    }

    /** Keeps an empty sheaf; when there are enough, the collector gets it. */
    void putEmpty(Sheaf sheaf) {
        lock.lock();
        try {
            if (empty < EMPTY_MAX) {
                pushEmpty(sheaf);
            }
        } finally {
            lock.unlock();
        }
    }

    /** An empty sheaf, or null. In Linux: barn_get_empty_sheaf(). */
    @Nullable
    Sheaf takeEmpty() {
        if (empty == 0) {
            return null;
        }
        lock.lock();
        try {
            return popEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** A full sheaf in exchange for an empty one; null: there is none. In Linux: barn_replace_empty_sheaf(). */
    @Nullable
    Sheaf replaceEmpty(Sheaf given) {
        if (full == 0) {
            return null;
        }
        lock.lock();
        try {
            Sheaf sheaf = popFull();
            if (sheaf != null) {
                pushEmpty(given);
            }
            return sheaf;
        } finally {
            lock.unlock();
        }
    }

    /** An empty sheaf in exchange for a full one; null: there is none. In Linux: barn_replace_full_sheaf(). */
    @Nullable
    Sheaf replaceFull(Sheaf given) {
        if (empty == 0) {
            return null;
        }
        lock.lock();
        try {
            Sheaf sheaf = popEmpty();
            if (sheaf != null) {
                pushFull(given);
            }
            return sheaf;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all full sheaves, a chain by {@code nextInBarn}, and drops the empty ones. In Linux: barn_shrink(). */
    @Nullable
    Sheaf takeAll() {
        lock.lock();
        try {
            Sheaf chain = firstFull;
            firstFull = null;
            firstEmpty = null;
            full = 0;
            empty = 0;
            return chain;
        } finally {
            lock.unlock();
        }
    }

    /** Shows the objects of all full sheaves under the lock. */
    void visit(SlabObjects objects, SlabEngine.Visitor visitor) {
        lock.lock();
        try {
            for (Sheaf sheaf = firstFull; sheaf != null; sheaf = sheaf.nextInBarn) {
                objects.visit(sheaf, visitor);
            }
        } finally {
            lock.unlock();
        }
    }

    // Holding the lock, without which the counts are not written.

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void pushFull(Sheaf sheaf) {
        sheaf.nextInBarn = firstFull;
        firstFull = sheaf;
        full++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void pushEmpty(Sheaf sheaf) {
        sheaf.nextInBarn = firstEmpty;
        firstEmpty = sheaf;
        empty++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private @Nullable Sheaf popFull() {
        Sheaf sheaf = firstFull;
        if (sheaf != null) {
            firstFull = sheaf.nextInBarn;
            sheaf.nextInBarn = null;
            full--;
        }
        return sheaf;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private @Nullable Sheaf popEmpty() {
        Sheaf sheaf = firstEmpty;
        if (sheaf != null) {
            firstEmpty = sheaf.nextInBarn;
            sheaf.nextInBarn = null;
            empty--;
        }
        return sheaf;
    }
}
