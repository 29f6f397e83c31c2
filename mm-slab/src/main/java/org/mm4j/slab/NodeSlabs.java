package org.mm4j.slab;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * One cache's slabs on one node: the partial list, whose slabs have free objects and belong to no CPU, and how many slabs
 * there are. Full slabs are on no list, but for debug caches, which keep a second list for them.
 *
 * <p>{@code isOnPartial}, {@code next} and {@code previous} of a slab on the list, and the list, belong to whoever holds
 * the lock. In a slab on the list no object is taken without the lock; frees that would make it empty take it too.
 *
 * <p>An Error inside of the lock leaves the lists whole: no Java heap is taken there, and no call goes deeper into the stack
 * than {@link #lock} itself, so that an overflow strikes before anything has changed. What is left are assertions, which
 * stand before the changes. The lock is released whatever happens.
 *
 * <p>In Linux 6.18: {@code struct kmem_cache_node}.
 */
final class NodeSlabs {
    private final SpinLock lock = new SpinLock(LockRank.SLAB_LIST);
    private final AtomicLong slabs = new AtomicLong();
    private final AtomicLong objects = new AtomicLong();

    private @Nullable Slab first;
    private @Nullable Slab last;
    private volatile int partial;
    private @Nullable Slab firstFull;

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    // Counts.

    /** All slabs. Racy. In Linux: nr_slabs. */
    long slabs() {
        return slabs.get();
    }

    /** Objects of all slabs, free or not. Racy. In Linux: total_objects. */
    long objects() {
        return objects.get();
    }

    /** Slabs on the partial list; racy without the lock. In Linux: nr_partial. */
    int partial() {
        return partial;
    }

    void countNew(Slab slab) {
        slabs.getAndIncrement();
        objects.getAndAdd(slab.objects);
    }

    void countDiscarded(Slab slab) {
        slabs.getAndDecrement();
        objects.getAndAdd(-slab.objects);
    }

    // The list; holding the lock.

    /** The first slab of the list; the others follow by {@code next}. */
    @Nullable
    Slab first() {
        return first;
    }

    /** The last slab of the list. */
    @Nullable
    Slab last() {
        return last;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder of the lock writes it
    void addPartial(Slab slab, boolean toTail) {
        assert !slab.isOnPartial : slab + " is on the list already";
        Slab before = toTail ? last : null;
        Slab after = toTail ? null : first;
        slab.previous = before;
        slab.next = after;
        linkAfter(before, slab);
        linkBefore(after, slab);
        slab.isOnPartial = true;
        partial++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder of the lock writes it
    void removePartial(Slab slab) {
        assert slab.isOnPartial : slab + " is not on the list";
        linkAfter(slab.previous, slab.next);
        linkBefore(slab.next, slab.previous);
        slab.next = null;
        slab.previous = null;
        slab.isOnPartial = false;
        partial--;
    }

    /** The first slab of the full list; the others follow by {@code next}. In Linux: full. */
    @Nullable
    Slab firstFull() {
        return firstFull;
    }

    void addFull(Slab slab) {
        assert !slab.isOnPartial && !slab.isOnFull : slab + " is on a list already";
        Slab after = firstFull;
        slab.next = after;
        slab.previous = null;
        if (after != null) {
            after.previous = slab;
        }
        firstFull = slab;
        slab.isOnFull = true;
    }

    void removeFull(Slab slab) {
        assert slab.isOnFull : slab + " is not on the list";
        Slab before = slab.previous;
        Slab after = slab.next;
        if (before == null) {
            firstFull = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        slab.next = null;
        slab.previous = null;
        slab.isOnFull = false;
    }

    /** Takes slabs off the list, a chain by {@code next}; null when there are none. Holding no lock. */
    @Nullable
    Slab takePartial(int slabsMax) {
        if (partial == 0) {
            return null; // racy: a slab that is listed now will be found the next time
        }
        Slab chain = null;
        Slab last = null;
        lock();
        try {
            for (int taken = 0; taken < slabsMax; taken++) {
                Slab slab = first();
                if (slab == null) {
                    break;
                }
                removePartial(slab);
                if (last == null) {
                    chain = slab;
                } else {
                    last.next = slab;
                }
                last = slab;
            }
        } finally {
            unlock();
        }
        return chain;
    }

    private void linkAfter(@Nullable Slab slab, @Nullable Slab next) {
        if (slab == null) {
            first = next;
        } else {
            slab.next = next;
        }
    }

    private void linkBefore(@Nullable Slab slab, @Nullable Slab previous) {
        if (slab == null) {
            last = previous;
        } else {
            slab.previous = previous;
        }
    }

    /** Shows the slabs of the list under the lock, and what is read of it meanwhile stays so. */
    void forEachPartial(Consumer<Slab> visitor) {
        lock.lock();
        try {
            for (Slab slab = first; slab != null; slab = slab.next) {
                visitor.accept(slab);
            }
        } finally {
            lock.unlock();
        }
    }
}
