package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * An array of free objects, the last one on top. It belongs to whoever has it: a slot, a barn under its lock, one thread.
 *
 * <p>In Linux 6.18: {@code struct slab_sheaf}.
 */
final class Sheaf {
    /** {@link KeptObject} words. */
    final long[] objects;

    /** How many there are. */
    int size;

    /** The next one in a barn. */
    @Nullable
    Sheaf next;

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
