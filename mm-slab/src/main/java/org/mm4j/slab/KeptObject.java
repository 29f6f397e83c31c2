package org.mm4j.slab;

/**
 * A free object that an engine keeps, one 64-bit word.
 *
 * <pre>
 *   63         48 47                                        0
 *  +-------------+-------------------------------------------+
 *  | object      | start                                     |
 *  +-------------+-------------------------------------------+
 *      object   number in its slab, 1 to 32767
 *      start    where it lies, in bytes from the begin of the memory
 * </pre>
 *
 * <p>The start leads to the slab by the table of frames, the number to the object's state without a division. References
 * to slabs would save a load, but storing one costs more than that: the collector wants to know.
 *
 * <p>In Linux 6.18: an entry of {@code slab_sheaf.objects}, a pointer.
 */
final class KeptObject {
    private static final int OBJECT_SHIFT = 48;
    private static final long START_MASK = (1L << OBJECT_SHIFT) - 1;

    private KeptObject() {}

    static long of(int object, long start) {
        return ((long) object << OBJECT_SHIFT) | start;
    }

    static int object(long word) {
        return (int) (word >>> OBJECT_SHIFT);
    }

    static long start(long word) {
        return word & START_MASK;
    }

    /** How the debugger and error messages show a word. */
    static String format(long word) {
        return "object " + object(word) + " at byte " + start(word);
    }
}
