package org.mm4j.kernel.arena;

/**
 * Who belongs to a batch, one 64-bit word.
 *
 * <pre>
 *    63      62                 32 31                  0
 *   +------+----------------------+---------------------+
 *   |sealed|  joined so far       |  not left yet       |
 *   +------+----------------------+---------------------+
 *
 *            tryJoin                 seal, trySealIdle, the last place is taken
 *    OPEN  ---------&gt;  OPEN         --------------------------------------------&gt;  SEALED   nobody joins any more
 *                                                                                     |  the last one leaves
 *                                                                                   OVER
 * </pre>
 */
final class BatchWord {
    static final long EMPTY = 0;

    private static final long SEALED = Long.MIN_VALUE;
    private static final int JOINED_SHIFT = 32;
    private static final long MEMBER_MASK = 0xffff_ffffL;

    private BatchWord() {}

    static boolean isSealed(long word) {
        return word < 0;
    }

    static int joined(long word) {
        return (int) (word >>> JOINED_SHIFT & Integer.MAX_VALUE);
    }

    static int open(long word) {
        return (int) (word & MEMBER_MASK);
    }

    /** Nobody belongs to it, and nobody will. */
    static boolean isOver(long word) {
        return isSealed(word) && open(word) == 0;
    }

    /** One more; the last place seals. Only while it is not sealed. */
    static long join(long word, int places) {
        long next = word + (1L << JOINED_SHIFT) + 1;
        return joined(next) == places ? seal(next) : next;
    }

    /** What {@link #isOver} has to be asked about when one leaves. */
    static long leave(long word) {
        return word - 1;
    }

    static long seal(long word) {
        return word | SEALED;
    }

    static String format(long word) {
        return open(word) + " of " + joined(word) + (isSealed(word) ? " open, sealed" : " open");
    }
}
