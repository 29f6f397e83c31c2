package org.mm4j.percpu;

/**
 * What names a per-CPU allocation, one 64-bit word. Never 0.
 *
 * <pre>
 *   63 62                     38 37                22 21                       0
 *  +--+-------------------------+--------------------+--------------------------+
 *  | 0| generation, 1 or more   | index of the chunk | offset in a unit, bytes  |
 *  +--+-------------------------+--------------------+--------------------------+
 *      '-------------------- base --------------------'
 * </pre>
 *
 * <p>The <em>base</em> is the handle of a chunk's first byte. Each chunk at an index has the next generation, so that a
 * handle into a chunk that is gone is told from one into its successor; after 2<sup>25</sup> chunks at one index the
 * generations begin anew.
 *
 * <p>In Linux 6.18: include/asm-generic/percpu.h, the address of CPU 0's copy less that of the first unit.
 */
final class PcpuHandle {
    static final int OFFSET_BITS = 22;
    static final int INDEX_BITS = 16;
    static final int GENERATION_BITS = 25;

    static final int CHUNKS_MAX = 1 << INDEX_BITS;
    static final int UNIT_BYTES_MAX = 1 << OFFSET_BITS;

    private static final int GENERATION_SHIFT = OFFSET_BITS + INDEX_BITS;
    private static final long OFFSET_MASK = UNIT_BYTES_MAX - 1;

    private PcpuHandle() {}

    static int offset(long handle) {
        return (int) (handle & OFFSET_MASK);
    }

    static int index(long handle) {
        return (int) (handle >>> OFFSET_BITS) & (CHUNKS_MAX - 1);
    }

    /** 0 in numbers that are no handles; also too large in some. */
    static long generation(long handle) {
        return handle >>> GENERATION_SHIFT;
    }

    static long base(long handle) {
        return handle & ~OFFSET_MASK;
    }

    static long baseOf(int index, int generation) {
        return (long) generation << GENERATION_SHIFT | (long) index << OFFSET_BITS;
    }

    static int nextGeneration(int generation) {
        return generation == (1 << GENERATION_BITS) - 1 ? 1 : generation + 1;
    }

    static String format(long handle) {
        return "0x" + Long.toHexString(handle);
    }
}
