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
 * <p>The gfp belongs to {@link #ALLOC}; new order and new blocks belong to the two splits. Of a percpu area the low half
 * has the size in bytes, and above it the logarithm of the alignment and whether the caller could not wait:
 *
 * <pre>
 *   31      21  20  19     16 15             0
 *  +----------+----+---------+----------------+
 *  |    0     | at |  align  |     bytes      |     32768 bytes are written as 0
 *  +----------+----+---------+----------------+
 * </pre>
 *
 * <p>Of an object or a vmap area the low half has the number of its request.
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

    /** Takes a percpu area. */
    static final int PERCPU_ALLOC = 4;
    /** Gives a percpu area back. */
    static final int PERCPU_FREE = 5;

    /** Takes an object, by kmalloc or of a cache. */
    static final int OBJECT_ALLOC = 6;
    /** Gives an object back, whose cache is found by its address. */
    static final int KFREE = 7;
    /** Gives an object back to its cache. */
    static final int CACHE_FREE = 8;

    /** Does nothing: the step turned out to be part of another one. */
    static final int NOTHING = 9;

    /** Reserves addresses. */
    static final int VMAP_ALLOC = 10;
    /** Gives addresses back. */
    static final int VMAP_FREE = 11;
    /** Makes addresses that were given back usable again; about no block. */
    static final int VMAP_PURGE = 12;

    private static final int AREA_BYTES_MAX = 1 << 15;
    private static final int AREA_BYTES_MASK = AREA_BYTES_MAX - 1;
    private static final int ALIGN_SHIFT = 16;
    private static final int ALIGN_MASK = 0xf;
    private static final int ATOMIC = 1 << 20;

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

    /** An area of 1 to 32768 bytes; {@code align} is a power of two up to 4096. */
    static long percpuAlloc(int cpu, int bytes, int align, boolean isAtomic) {
        int low = (bytes & AREA_BYTES_MASK)
                | Integer.numberOfTrailingZeros(align) << ALIGN_SHIFT
                | (isAtomic ? ATOMIC : 0);
        return pack(PERCPU_ALLOC, cpu, 0, 0, low);
    }

    static long percpuFree(int cpu) {
        return pack(PERCPU_FREE, cpu, 0, 0, 0);
    }

    static long objectAlloc(int cpu, int request) {
        return pack(OBJECT_ALLOC, cpu, 0, 0, request);
    }

    static long kfree(int cpu) {
        return pack(KFREE, cpu, 0, 0, 0);
    }

    static long cacheFree(int cpu, int request) {
        return pack(CACHE_FREE, cpu, 0, 0, request);
    }

    static long vmapAlloc(int cpu, int request) {
        return pack(VMAP_ALLOC, cpu, 0, 0, request);
    }

    static long vmapFree(int cpu) {
        return pack(VMAP_FREE, cpu, 0, 0, 0);
    }

    static long vmapPurge(int cpu) {
        return pack(VMAP_PURGE, cpu, 0, 0, 0);
    }

    static long nothing(int cpu) {
        return pack(NOTHING, cpu, 0, 0, 0);
    }

    static int request(long op) {
        return (int) op;
    }

    static int areaBytes(long op) {
        int bytes = (int) op & AREA_BYTES_MASK;
        return bytes == 0 ? AREA_BYTES_MAX : bytes;
    }

    static int areaAlign(long op) {
        return 1 << ((int) op >>> ALIGN_SHIFT & ALIGN_MASK);
    }

    static boolean isAtomic(long op) {
        return (op & ATOMIC) != 0;
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
