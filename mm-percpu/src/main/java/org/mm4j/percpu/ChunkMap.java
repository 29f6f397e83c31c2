package org.mm4j.percpu;

import static org.mm4j.percpu.BlockHints.BITS;
import static org.mm4j.percpu.RunHints.alignUp;

import org.jspecify.annotations.Nullable;

/**
 * Which words of a unit are allocated; the same words of every CPU's unit are. One bit stands for {@value
 * #BYTES_PER_BIT} bytes. Not thread-safe.
 *
 * <pre>
 *             two allocations, of 3 and of 2 words
 *   taken   . . . # # # # # . . .
 *   bounds        |     |   |          one where an allocation begins or ends; inside of free bits they mean nothing
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>M1: the bits of an allocation are taken; where it begins there is a bound, and where it ends, and none between,
 * <li>M2: {@code bitsFree} is how many bits are not taken,
 * <li>M3: bits in front of {@code firstBit} and from {@code endBit} on are hidden: taken by no allocation, for good,
 * <li>M4: the chunk's contig run is free. It may be shorter than the longest: a free within a block does not look at its
 * neighbours. After a free that empties a block or spans blocks it is the longest.
 * </ul>
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_find_block_fit(), pcpu_alloc_area(), pcpu_free_area(), pcpu_chunk_refresh_hint().
 * Differs: a free within a block tells the chunk where its run really ends; the kernel mixes an offset in the chunk
 * with one in the block, so that all but the first block stay unheard until the next full search.
 */
final class ChunkMap {
    /** PCPU_MIN_ALLOC_SIZE. */
    static final int BYTES_PER_BIT = 4;

    static final int NONE = -1;

    private final int bits;
    private final int firstBit;
    private final int endBit;
    private final Bitmap taken;
    private final Bitmap bounds;
    private final Blocks blocks;
    private final RunHints hints;
    private int bitsFree;

    /** A map of {@code pages} blocks, of which the bits from {@code firstBit} to {@code endBit} − 1 can be allocated. */
    ChunkMap(int pages, int firstBit, int endBit) {
        bits = pages * BITS;
        this.firstBit = firstBit;
        this.endBit = endBit;
        taken = new Bitmap(bits);
        bounds = new Bitmap(bits + 1);
        blocks = new Blocks(pages);
        hints = new RunHints(bits);
        bitsFree = bits;
        hide(0, firstBit);
        hide(endBit, bits);
    }

    private void hide(int from, int end) {
        if (from < end) {
            mark(from, end);
        }
    }

    int bits() {
        return bits;
    }

    int firstBit() {
        return firstBit;
    }

    int endBit() {
        return endBit;
    }

    int bitsFree() {
        return bitsFree;
    }

    Blocks blocks() {
        return blocks;
    }

    RunHints hints() {
        return hints;
    }

    boolean isTaken(int bit) {
        return taken.get(bit);
    }

    /** Where the free bits, or the taken ones, that hold this bit end. */
    int runEnd(int bit) {
        return taken.get(bit) ? taken.nextClear(bit, bits) : taken.nextSet(bit, bits);
    }

    /** The bit behind the last allocation; 0 when there is none. */
    int allocationsEnd() {
        return taken.lastSet(firstBit, endBit) < firstBit ? 0 : taken.lastSet(firstBit, endBit) + 1;
    }

    /**
     * Finds {@code wanted} free bits that begin at a multiple of {@code align}.
     *
     * @param populated if given, only bits in pages that are set there
     * @return the first bit, or {@link #NONE}
     */
    int find(int wanted, int align, @Nullable Bitmap populated) {
        if (!hints.fits(wanted, align)) {
            return NONE; // a shorter run might be better aligned; a chunk that full is not worth the search
        }
        int from = hints.searchStart(wanted);
        while (blocks.findFit(wanted, align, from)) {
            int pageEnd = (blocks.fitEnd() + BITS - 1) / BITS;
            int hole = populated == null ? pageEnd : populated.nextClear(blocks.fitStart() / BITS, pageEnd);
            if (populated == null || hole == pageEnd) {
                return firstIn(blocks.fitStart(), blocks.fitEnd(), wanted, align);
            }
            from = populated.nextSet(hole, blocks.count()) * BITS;
        }
        return NONE;
    }

    /** The first place in a region of which it is known that there is one. */
    private int firstIn(int start, int end, int wanted, int align) {
        int from = start;
        while (true) {
            int at = alignUp(taken.nextClear(from, end), align);
            assert at + wanted <= end : "no " + wanted + " free bits from " + start + " to " + end;
            int used = taken.nextSet(at, at + wanted);
            if (used == at + wanted) {
                return at;
            }
            from = used + 1;
        }
    }

    /** Makes free bits an allocation. */
    void take(int from, int end) {
        bounds.set(from);
        bounds.clear(from + 1, end);
        bounds.set(end);
        mark(from, end);
    }

    private void mark(int from, int end) {
        assert taken.nextSet(from, end) == end : "taking bits that are taken";
        taken.set(from, end);
        bitsFree -= end - from;
        if (from == hints.firstFree()) {
            hints.setFirstFree(taken.nextClear(end, bits));
        }
        blocks.taken(taken, from, end);
        if (hints.breaks(from, end)) {
            blocks.noteRuns(hints, hints.promoteScan());
        }
    }

    /** Whether an allocation begins at this bit. */
    boolean isAllocation(int bit) {
        return bit >= firstBit && bit < endBit && taken.get(bit) && bounds.get(bit);
    }

    /** Where the allocation that holds this bit begins. */
    int allocationStart(int bit) {
        return bounds.lastSet(firstBit, bit + 1);
    }

    /** Where the allocation that holds this bit ends. */
    int allocationEnd(int bit) {
        return bounds.nextSet(bit + 1, bits);
    }

    /** Makes an allocation free bits. */
    void give(int from, int end) {
        taken.clear(from, end);
        bitsFree += end - from;
        hints.setFirstFree(Math.min(hints.firstFree(), from));
        blocks.given(taken, from, end);
        int base = from & -BITS;
        if (end > base + BITS || blocks.get(base / BITS).isEmpty()) {
            blocks.noteRuns(hints, hints.forgetRuns());
        } else {
            hints.noteRun(taken.lastSet(base, from) + 1, taken.nextSet(end, base + BITS));
        }
    }
}
