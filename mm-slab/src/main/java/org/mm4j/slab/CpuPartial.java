package org.mm4j.slab;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The slabs with free objects that one CPU keeps besides its active one, newest first, linked by {@code next}; and the
 * lock under which the CPU's slabs change.
 *
 * <p>In Linux 6.18: {@code partial} and {@code lock} of {@code struct kmem_cache_cpu}.
 */
final class CpuPartial {
    private final SpinLock lock = new SpinLock(LockRank.CPU_SLAB);
    private @Nullable Slab first;
    private int slabs;

    /** Keeps a slab. When there are too many, the others are taken out: a chain by {@code next}. */
    @Nullable
    Slab keep(Slab slab, int slabsMax) {
        lock.lock();
        try {
            Slab overflow = slabs >= slabsMax ? takeAll() : null;
            push(slab);
            return overflow;
        } finally {
            lock.unlock();
        }
    }

    /** How many slabs there are. */
    int count() {
        lock.lock();
        try {
            return slabs;
        } finally {
            lock.unlock();
        }
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    // Holding the lock.

    @Nullable
    Slab first() {
        return first;
    }

    private void push(Slab slab) {
        slab.next = first;
        first = slab;
        slabs++;
    }

    /** The newest slab, which is on no list then. */
    @Nullable
    Slab pop() {
        Slab slab = first;
        if (slab != null) {
            first = slab.next;
            slab.next = null;
            slabs--;
        }
        return slab;
    }

    /** All slabs, as a chain by {@code next}. */
    @Nullable
    Slab takeAll() {
        Slab chain = first;
        first = null;
        slabs = 0;
        return chain;
    }
}
