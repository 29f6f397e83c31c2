package org.mm4j.slab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An array of objects, the last one on top. It belongs to whoever has it: a slot, a barn under its lock, one thread, or the
 * queue of an {@link Rcu}. Its objects are free, but for those that wait in {@link RcuSheaves} for their readers.
 *
 * <p>In Linux 6.18: {@code struct slab_sheaf}.
 */
final class Sheaf extends RcuCallback {
    /** {@link KeptObject} words. */
    final long[] objects;

    /** How many there are. */
    int size;

    /** The next one in a barn. In Linux: barn_list. */
    @Nullable
    Sheaf nextInBarn;

    /** Who gets it after a grace period, and the node of its objects; set before it is deferred. */
    @Nullable
    RcuSheaves home;

    int node;

    /** Where empty ones come from. */
    interface Maker {
        /** An empty one; null: there is no memory. */
        @Nullable
        Sheaf make(int capacity);
    }

    /** An empty one. */
    Sheaf(int capacity) {
        objects = new long[capacity];
    }

    /** An empty one; null when the Java heap is full. In Linux: alloc_empty_sheaf() with GFP_NOWAIT. */
    static @Nullable Sheaf make(int capacity) {
        try {
            return new Sheaf(capacity);
        } catch (OutOfMemoryError _) {
            return null;
        }
    }

    @Override
    protected void afterGracePeriod() {
        Objects.requireNonNull(home, "a sheaf is deferred by its home").free(this);
    }

    boolean isFull() {
        return size == objects.length;
    }

    long top() {
        return objects[size - 1];
    }

    void push(long kept) {
        objects[size++] = kept;
    }
}
