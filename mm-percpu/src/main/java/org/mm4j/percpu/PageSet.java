package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;
import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import java.util.Arrays;
import org.mm4j.api.MigrateType;
import org.mm4j.api.Padded;

/**
 * One CPU's part of a page cache: lists of frames by order and mobility, and the numbers that tune it. Only for whoever
 * is inside of its slot.
 *
 * <pre>
 *   list 0 .. 11   order 0, 1, 2, 3, each Unmovable, Movable, Reclaimable
 *   list 12, 13    order 9: not movable, movable
 *
 *   a list:   head  [ hot ... cold ]  tail
 *             frees and takes         refills and drains
 * </pre>
 *
 * <p>In Linux 6.18: {@code struct per_cpu_pages}; order_to_pindex(). Differs: lists are rings of frames, not linked
 * through the frames, so a free touches no frame but its own.
 */
final class PageSet {
    /** Lists of orders 0 to 3. */
    static final int LOW_ORDER_LISTS = (PAGE_ALLOC_COSTLY_ORDER + 1) * MigrateType.PCPTYPES;
    /** All lists, with the two of huge pages. */
    static final int LISTS = LOW_ORDER_LISTS + 2;

    /** The blocks before this one were of orders 1 to 3, and freed. */
    static final long PREVIOUS_FREE_HIGH_ORDER = 1;

    private static final int RING_MIN = 64;
    private static final int VISITS = 4;

    private static final int COUNT = Padded.index(0);
    private static final int HIGH = COUNT + 1;
    private static final int ALLOC_FACTOR = COUNT + 2;
    private static final int FREE_COUNT = COUNT + 3;
    private static final int FLAGS = COUNT + 4;
    private static final int FIRST_VISIT = COUNT + 5;
    private static final int FIRST_HEAD = FIRST_VISIT + VISITS;
    private static final int FIRST_LENGTH = FIRST_HEAD + LISTS;

    private final long[] words = new long[FIRST_LENGTH + LISTS + Padded.STRIDE];
    private final int[][] rings = new int[LISTS][];

    PageSet() {
        Arrays.setAll(rings, _ -> new int[RING_MIN]);
    }

    /** The list for an order and a mobility. */
    static int list(int order, int type) {
        if (order > PAGE_ALLOC_COSTLY_ORDER) {
            return LOW_ORDER_LISTS + (type == MigrateType.MOVABLE.ordinal() ? 1 : 0);
        }
        return order * MigrateType.PCPTYPES + type;
    }

    /** The order of a list's blocks. */
    static int order(int list) {
        return list < LOW_ORDER_LISTS ? list / MigrateType.PCPTYPES : PAGEBLOCK_ORDER;
    }

    // The numbers. Pages, if nothing else is said.

    int count() {
        return (int) words[COUNT];
    }

    void addCount(int pages) {
        words[COUNT] += pages;
    }

    /** The size at which the set drains; 0 before the first use. */
    int high() {
        return (int) words[HIGH];
    }

    void setHigh(int pages) {
        words[HIGH] = pages;
    }

    /** How often the batch of the next refill was doubled. */
    int allocFactor() {
        return (int) words[ALLOC_FACTOR];
    }

    void setAllocFactor(int factor) {
        words[ALLOC_FACTOR] = factor;
    }

    /** Pages freed lately without allocations between. */
    int freeCount() {
        return (int) words[FREE_COUNT];
    }

    void setFreeCount(int pages) {
        words[FREE_COUNT] = pages;
    }

    boolean hasFlag(long flag) {
        return (words[FLAGS] & flag) != 0;
    }

    void setFlag(long flag, boolean isSet) {
        words[FLAGS] = isSet ? words[FLAGS] | flag : words[FLAGS] & ~flag;
    }

    void countVisit(int visit) {
        words[FIRST_VISIT + visit]++;
    }

    long visits(int visit) {
        return words[FIRST_VISIT + visit];
    }

    // The lists.

    int length(int list) {
        return (int) words[FIRST_LENGTH + list];
    }

    boolean isEmpty(int list) {
        return words[FIRST_LENGTH + list] == 0;
    }

    /** There must be room. */
    void pushHead(int list, int frame) {
        int[] ring = rings[list];
        int head = (int) words[FIRST_HEAD + list] - 1 & (ring.length - 1);
        ring[head] = frame;
        words[FIRST_HEAD + list] = head;
        words[FIRST_LENGTH + list]++;
    }

    int popHead(int list) {
        int[] ring = rings[list];
        int head = (int) words[FIRST_HEAD + list];
        words[FIRST_HEAD + list] = (long) (head + 1) & (ring.length - 1);
        words[FIRST_LENGTH + list]--;
        return ring[head & (ring.length - 1)];
    }

    /** There must be room. */
    void appendTail(int list, int frame) {
        int[] ring = rings[list];
        ring[(int) (words[FIRST_HEAD + list] + words[FIRST_LENGTH + list]) & (ring.length - 1)] = frame;
        words[FIRST_LENGTH + list]++;
    }

    int popTail(int list) {
        int[] ring = rings[list];
        words[FIRST_LENGTH + list]--;
        return ring[(int) (words[FIRST_HEAD + list] + words[FIRST_LENGTH + list]) & (ring.length - 1)];
    }

    /** The frame at a place counted from the head. */
    int frame(int list, int place) {
        int[] ring = rings[list];
        return ring[(int) (words[FIRST_HEAD + list] + place) & (ring.length - 1)];
    }

    /** Makes the ring larger if it has not room for so many more: the only thing that takes Java heap. */
    void ensureRoom(int list, int more) {
        int needed = length(list) + more;
        if (needed > rings[list].length) {
            grow(list, Integer.highestOneBit(needed - 1) << 1);
        }
    }

    private void grow(int list, int capacity) {
        int[] larger = new int[capacity];
        int length = length(list);
        for (int place = 0; place < length; place++) {
            larger[place] = frame(list, place);
        }
        rings[list] = larger;
        words[FIRST_HEAD + list] = 0;
    }
}
