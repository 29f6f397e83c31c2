package org.mm4j.slab;

/**
 * The state of one slab, one 64-bit word. Objects of a slab have the numbers 1 to {@code objects}; 0 is no object.
 *
 * <pre>
 *   63        48 47        32 31 30        16 15         0
 *  +------------+------------+--+------------+------------+
 *  | generation | inuse      |f | objects    | freelist   |
 *  +------------+------------+--+------------+------------+
 *      freelist   number of the first object on the slab's freelist; 0: the list is empty
 *      objects    1 to 32767
 *      f          frozen: a CPU has the slab, and it is on no list; in a debug cache: it is broken, and left alone
 *      inuse      objects that are not on the slab's freelist: the callers', and those that an engine keeps
 *      generation one more with every change; it wraps
 *
 *                    taken                         last object taken
 *     PARTIAL  ----------------->  FROZEN  ------------------------------->  FULL
 *     on a list  <--------------   a CPU's      unfrozen                     on no list, inuse == objects
 *        ^         unfrozen                                                   |
 *        `--------------------------------------------------------------------'
 *                          freed: whoever frees the first object lists the slab
 * </pre>
 *
 * <p>Invariant: inuse + |freelist| == objects.
 *
 * <p>Anyone pushes on the freelist; nobody pops a single object from it by compare-and-set: it is taken whole, or by the
 * one who has the slab for itself. So no link is used that was read before somebody else took the head, and the
 * generation is not what makes the word safe; it is there so that words can be told apart.
 *
 * <p>In Linux 6.18: freelist, inuse, objects and frozen of {@code struct slab}, 128 bits.
 */
final class SlabWord {
    /** The largest number of objects in a slab. */
    static final int OBJECTS_MAX = (1 << 15) - 1;

    private static final long FREELIST_MASK = 0xffffL;
    private static final int OBJECTS_SHIFT = 16;
    private static final long FROZEN = 1L << 31;
    private static final int INUSE_SHIFT = 32;
    private static final long INUSE_MASK = 0xffffL << INUSE_SHIFT;
    private static final long ONE_INUSE = 1L << INUSE_SHIFT;
    private static final long ONE_GENERATION = 1L << 48;

    private SlabWord() {}

    /** A new slab: all objects are on its freelist, whose head is given. */
    static long ofFree(int objects, int head) {
        assert objects >= 1 && objects <= OBJECTS_MAX;
        return ((long) objects << OBJECTS_SHIFT) | head;
    }

    // Reading words.

    static int freelist(long word) {
        return (int) (word & FREELIST_MASK);
    }

    static int objects(long word) {
        return (int) (word >>> OBJECTS_SHIFT) & OBJECTS_MAX;
    }

    static int inuse(long word) {
        return (int) (word >>> INUSE_SHIFT) & 0xffff;
    }

    static boolean isFrozen(long word) {
        return (word & FROZEN) != 0;
    }

    static int generation(long word) {
        return (int) (word >>> 48);
    }

    /** Objects on the slab's freelist. */
    static int free(long word) {
        return objects(word) - inuse(word);
    }

    // From one word to the next.

    /** A chain of {@code count} objects, whose tail is linked to the old freelist, comes back. */
    static long freed(long word, int head, int count) {
        assert count <= inuse(word);
        return withFreelist(word - count * ONE_INUSE, head) + ONE_GENERATION;
    }

    /** The whole freelist is taken; the taker has the slab, or lets go of it. */
    static long taken(long word, boolean isFrozen) {
        long full = (word & ~INUSE_MASK & ~FROZEN & ~FREELIST_MASK) | ((long) objects(word) << INUSE_SHIFT);
        return (isFrozen ? full | FROZEN : full) + ONE_GENERATION;
    }

    /** The first {@code count} objects of the freelist are taken, by the one who may; the freelist goes on at {@code head}. */
    static long popped(long word, int head, int count) {
        assert count <= free(word);
        return withFreelist(word + count * ONE_INUSE, head) + ONE_GENERATION;
    }

    /** The head of the freelist is taken, by whoever has the slab for itself; {@code next} follows it. */
    static long takenOne(long word, int next) {
        assert inuse(word) < objects(word);
        return withFreelist(word + ONE_INUSE, next) + ONE_GENERATION;
    }

    /** The same with another count of the objects in use, as found by counting. */
    static long recounted(long word, int inuse) {
        return ((word & ~INUSE_MASK) | ((long) inuse << INUSE_SHIFT)) + ONE_GENERATION;
    }

    /** The CPU lets go of the slab, and gives a chain of {@code count} objects back as {@link #freed} does. */
    static long unfrozen(long word, int head, int count) {
        assert isFrozen(word);
        return freed(word & ~FROZEN, head, count);
    }

    private static long withFreelist(long word, int head) {
        return (word & ~FREELIST_MASK) | head;
    }

    /** How the debugger and error messages show a word. */
    static String format(long word) {
        return "inuse " + inuse(word) + " of " + objects(word) + ", freelist " + freelist(word)
                + (isFrozen(word) ? ", frozen" : "") + ", generation " + generation(word);
    }
}
