package org.mm4j.percpu;

import static org.mm4j.percpu.BlockHints.BITS;

/**
 * The blocks of a chunk, and the search for free runs in them: within blocks, and over their borders. Not thread-safe.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_next_md_free_region(), pcpu_next_fit_region().
 */
final class Blocks {
    private static final int NONE = -1;

    private final BlockHints[] blocks;

    /** The region that the last search found. */
    private int fitStart;

    private int fitEnd;

    /** That many blocks of free bits. */
    Blocks(int count) {
        blocks = new BlockHints[count];
        for (int index = 0; index < count; index++) {
            blocks[index] = new BlockHints();
        }
    }

    int count() {
        return blocks.length;
    }

    BlockHints get(int index) {
        return blocks[index];
    }

    /** How many blocks that a range touches are wholly free. */
    int empty(int from, int end) {
        int empty = 0;
        for (int index = from / BITS; index * BITS < end; index++) {
            empty += blocks[index].isEmpty() ? 1 : 0;
        }
        return empty;
    }

    /** A range of bits was free, and is set in the map now. */
    void taken(Bitmap map, int from, int end) {
        for (int base = from & -BITS; base < end; base += BITS) {
            blocks[base / BITS].taken(map, base, Math.max(from - base, 0), Math.min(end - base, BITS));
        }
    }

    /** A range of bits was set, and is clear in the map now. */
    void given(Bitmap map, int from, int end) {
        for (int base = from & -BITS; base < end; base += BITS) {
            blocks[base / BITS].given(map, base, Math.max(from - base, 0), Math.min(end - base, BITS));
        }
    }

    /** Tells a chunk's hints the longest run of each block from that of bit {@code from} on, and those over borders. */
    void noteRuns(RunHints chunk, int from) {
        int open = NONE; // where a run begins that reaches the end of the block before
        for (int index = from / BITS; index < blocks.length; index++) {
            BlockHints block = blocks[index];
            int base = index * BITS;
            if (open != NONE) {
                if (block.isEmpty()) {
                    continue;
                }
                chunk.noteRun(open, base + block.leftFree());
            }
            if (block.contig() > 0 && block.contigEnd() < BITS) {
                chunk.noteRun(base + block.contigStart(), base + block.contigEnd());
            }
            open = block.rightFree() > 0 ? base + BITS - block.rightFree() : NONE;
        }
        if (open != NONE) {
            chunk.noteRun(open, blocks.length * BITS);
        }
    }

    /**
     * Looks for a region, from the block of bit {@code from} on, in which there are {@code wanted} free bits that begin at a multiple
     * of {@code align}: {@link #fitStart} and {@link #fitEnd} tell it. A block is asked for its longest run first, then
     * for the one at its end.
     */
    boolean findFit(int wanted, int align, int from) {
        int open = NONE;
        for (int index = from / BITS; index < blocks.length; index++) {
            BlockHints block = blocks[index];
            int base = index * BITS;
            if (open != NONE) {
                if (base + block.leftFree() - open >= wanted) {
                    return found(open, open + wanted);
                }
                if (block.isEmpty()) {
                    continue;
                }
            }
            if (block.fits(wanted, align)) {
                int end = RunHints.alignUp(block.contigStart(), align) + wanted;
                return found(base + block.searchStart(wanted), base + end);
            }
            open = base + RunHints.alignUp(BITS - block.rightFree(), align);
            if (base + BITS - open >= wanted) {
                return found(open, open + wanted);
            }
        }
        return false;
    }

    private boolean found(int start, int end) {
        fitStart = start;
        fitEnd = end;
        return true;
    }

    int fitStart() {
        return fitStart;
    }

    int fitEnd() {
        return fitEnd;
    }
}
