package org.mm4j.lab.replay;

/**
 * A block that is live at some point of a trace, in one 64-bit word.
 *
 * <pre>
 *   63          38  37     36    35   32 31                 0
 *  +--------------+------+------+-------+--------------------+
 *  |      0       | live | comp | order |         id         |
 *  +--------------+------+------+-------+--------------------+
 * </pre>
 */
final class LiveBlock {
    /** No block. */
    static final long NONE = 0;

    private static final int ORDER_SHIFT = 32;
    private static final int ORDER_MASK = 0xf;
    private static final long COMPOUND = 1L << 36;
    private static final long LIVE = 1L << 37;

    private LiveBlock() {}

    static long of(int id, int order, boolean compound) {
        return LIVE | (compound ? COMPOUND : 0) | (long) order << ORDER_SHIFT | Integer.toUnsignedLong(id);
    }

    static int id(long block) {
        return (int) block;
    }

    static int order(long block) {
        return (int) (block >>> ORDER_SHIFT) & ORDER_MASK;
    }

    static boolean isCompound(long block) {
        return (block & COMPOUND) != 0;
    }
}
