package org.mm4j.lab.replay;

/**
 * One step of a plan, but for the block that it is about, in one 64-bit word.
 *
 * <pre>
 *   63        53 52          40 39   36 35   32 31                      0
 *  +------------+--------------+-------+-------+-------------------------+
 *  |    kind    |     cpu      |  new  | order |  gfp, or the first of   |
 *  |            |              | order |       |  the new blocks         |
 *  +------------+--------------+-------+-------+-------------------------+
 * </pre>
 *
 * <p>The gfp belongs to {@link #ALLOC}; new order and new blocks belong to the two splits.
 */
final class PlanOp {
    /** Takes a block. */
    static final int ALLOC = 0;
    /** Gives a block back. */
    static final int FREE = 1;
    /** Makes a block that is not compound into blocks of order 0. */
    static final int SPLIT_PAGE = 2;
    /** Makes a compound block into compound blocks of the new order. */
    static final int SPLIT_COMPOUND = 3;

    private static final int ORDER_SHIFT = 32;
    private static final int NEW_ORDER_SHIFT = 36;
    private static final int CPU_SHIFT = 40;
    private static final int KIND_SHIFT = 53;
    private static final int ORDER_MASK = 0xf;
    private static final int CPU_MASK = 0x1fff;

    private PlanOp() {}

    static long alloc(int cpu, int order, int gfp) {
        return pack(ALLOC, cpu, 0, order, gfp);
    }

    static long free(int cpu, int order) {
        return pack(FREE, cpu, 0, order, 0);
    }

    /** A split into blocks whose ids begin at {@code firstPiece}. */
    static long split(int kind, int cpu, int order, int newOrder, int firstPiece) {
        return pack(kind, cpu, newOrder, order, firstPiece);
    }

    static int kind(long op) {
        return (int) (op >>> KIND_SHIFT);
    }

    static int cpu(long op) {
        return (int) (op >>> CPU_SHIFT) & CPU_MASK;
    }

    static int order(long op) {
        return (int) (op >>> ORDER_SHIFT) & ORDER_MASK;
    }

    static int newOrder(long op) {
        return (int) (op >>> NEW_ORDER_SHIFT) & ORDER_MASK;
    }

    static int gfp(long op) {
        return (int) op;
    }

    static int firstPiece(long op) {
        return (int) op;
    }

    private static long pack(int kind, int cpu, int newOrder, int order, int low) {
        assert (cpu & ~CPU_MASK) == 0 : "no such CPU";
        return (long) kind << KIND_SHIFT
                | (long) cpu << CPU_SHIFT
                | (long) newOrder << NEW_ORDER_SHIFT
                | (long) order << ORDER_SHIFT
                | Integer.toUnsignedLong(low);
    }
}
