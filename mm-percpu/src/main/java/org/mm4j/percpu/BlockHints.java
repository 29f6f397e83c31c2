package org.mm4j.percpu;

/**
 * The hints of a block: of the {@value #BITS} bits that stand for the 4096 bytes of a page. Besides the runs, how many
 * bits are free at either end, since a run can go on in the next block. All of them are exact, so that {@link RunHints}'
 * H4 and H5 hold. Not thread-safe.
 *
 * <pre>
 *    leftFree                               rightFree
 *   '------'                                '-------'
 *   ........#####......########..##########..........
 * </pre>
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_block_refresh_hint(), pcpu_block_update_hint_alloc(),
 * pcpu_block_update_hint_free(). Differs: the free bits at the ends are kept by subtraction, and so stay exact also
 * when the search for the longest run does not come by them.
 */
final class BlockHints extends RunHints {
    /** PCPU_BITMAP_BLOCK_BITS. */
    static final int BITS = 1024;

    private int leftFree = BITS;
    private int rightFree = BITS;

    BlockHints() {
        super(BITS);
    }

    int leftFree() {
        return leftFree;
    }

    int rightFree() {
        return rightFree;
    }

    /** Whether all bits are free. */
    boolean isEmpty() {
        return contig() == BITS;
    }

    /** The bits from {@code from} to {@code end} − 1 of the block at {@code base} were free, and are set in the map now. */
    void taken(Bitmap map, int base, int from, int end) {
        leftFree = Math.min(leftFree, from);
        rightFree = Math.min(rightFree, BITS - end);
        if (from == firstFree()) {
            setFirstFree(map.nextClear(base + end, base + BITS) - base);
        }
        if (breaks(from, end)) {
            noteRuns(map, base, promoteScan());
        }
    }

    private void noteRuns(Bitmap map, int base, int from) {
        int limit = base + BITS;
        int start = map.nextClear(base + from, limit);
        while (start < limit) {
            int end = map.nextSet(start, limit);
            noteRun(start - base, end - base);
            start = map.nextClear(end, limit);
        }
    }

    /** The bits from {@code from} to {@code end} − 1 of the block at {@code base} were set, and are clear in the map now. */
    void given(Bitmap map, int base, int from, int end) {
        int start = map.lastSet(base, base + from) + 1 - base;
        int stop = map.nextSet(base + end, base + BITS) - base;
        if (start == 0) {
            leftFree = stop;
        }
        if (stop == BITS) {
            rightFree = BITS - start;
        }
        noteRun(start, stop);
    }
}
