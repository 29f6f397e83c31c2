package org.mm4j.buddy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

/**
 * The free lists of one zone, one for each order and migrate type: circular, doubly linked through the words of the
 * frames, with a list head behind the map. All changes need the zone lock; {@link #hasBlocks} and {@link #blocks} may
 * be asked without it and are racy then.
 *
 * <pre>
 *   order 3, Movable:   head <--> frame 72 <--> frame 8 <--> frame 640 <--> head
 *                               taken here                  cold end
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>{@code blocks(order, type)} is the length of that list,
 * <li>bit {@code order} of {@code ordersWithBlocks[type]} is set exactly when that list is not empty.
 * </ul>
 *
 * <p>In Linux 6.18: {@code struct free_area}. Differs: counted by type too, and the orders that have blocks are a bit
 * set, so that the smallest sufficient order is found without a loop.
 */
final class FreeAreas {
    /** How many list heads a zone has in the map; a multiple of 128 bytes, so that zones share no cache line. */
    static final int LIST_HEADS = 80;

    static final int NONE = -1;

    private static final int LISTS = PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int PAD = 32;
    private static final int ORDERS = PAD + LISTS;

    private final MemMap map;
    private final int firstHead;

    /** The counts of the lists, then the bit sets of the types; 128 bytes of padding on both sides. */
    private final int[] counts = new int[PAD + LISTS + MigrateType.COUNT + PAD];

    /** Empty lists whose heads begin at index {@code firstHead} of the map. */
    FreeAreas(MemMap map, int firstHead) {
        this.map = map;
        this.firstHead = firstHead;
        for (int list = 0; list < LISTS; list++) {
            int head = firstHead + list;
            map.setWordOpaque(head, FrameWord.withPrevious(head, head));
        }
    }

    /** Adds a block at the end from which blocks are taken. */
    void addHead(int frame, int order, int type) {
        int head = head(order, type);
        insert(frame, order, head, FrameWord.next(map.wordOpaque(head)));
        count(order, type, 1);
    }

    /** Adds a block at the end from which blocks are taken last. */
    void addTail(int frame, int order, int type) {
        int head = head(order, type);
        insert(frame, order, FrameWord.previous(map.wordOpaque(head)), head);
        count(order, type, 1);
    }

    /** Takes a block from its list. Its word is the caller's to write. */
    void remove(int frame, int order, int type) {
        long word = map.wordOpaque(frame);
        assert FrameWord.isFree(word, order) : FrameWord.format(word);
        int previous = FrameWord.previous(word);
        int next = FrameWord.next(word);
        map.setWordOpaque(previous, FrameWord.withNext(map.wordOpaque(previous), next));
        map.setWordOpaque(next, FrameWord.withPrevious(map.wordOpaque(next), previous));
        count(order, type, -1);
    }

    /** The block that is taken next, or {@link #NONE}. */
    int first(int order, int type) {
        int head = head(order, type);
        int frame = FrameWord.next(map.wordOpaque(head));
        return frame == head ? NONE : frame;
    }

    /** The smallest order from {@code order} on that has a block of the type, or {@link #NONE}. */
    int smallestOrder(int order, int type) {
        int orders = ordersOpaque(type) >>> order;
        return orders == 0 ? NONE : order + Integer.numberOfTrailingZeros(orders);
    }

    /** Whether there is a block of the type of at least this order. */
    boolean hasBlocks(int order, int type) {
        return ordersOpaque(type) >>> order != 0;
    }

    /** Whether the bit set says that there is a block of exactly this order and type. */
    boolean hasExactly(int order, int type) {
        return (ordersOpaque(type) & (1 << order)) != 0;
    }

    /** Whether the list of exactly this order and type is empty. */
    boolean isEmpty(int order, int type) {
        return blocks(order, type) == 0;
    }

    int blocks(int order, int type) {
        return (int) COUNT.getOpaque(counts, PAD + list(order, type));
    }

    /** Pages in free blocks of at least a pageblock that are not isolated. */
    long pagesInPageblocks() {
        long pages = 0;
        for (int order = PageFrame.PAGEBLOCK_ORDER; order < PageFrame.NR_PAGE_ORDERS; order++) {
            for (int type = 0; type < MigrateType.ISOLATE.ordinal(); type++) {
                pages += (long) blocks(order, type) << order;
            }
        }
        return pages;
    }

    FreeBlocks snapshot() {
        long[] blocks = new long[LISTS];
        for (int list = 0; list < LISTS; list++) {
            blocks[list] = (int) COUNT.getOpaque(counts, PAD + list);
        }
        return new FreeBlocks(blocks);
    }

    /** The index of the list's head in the map. */
    int head(int order, int type) {
        return firstHead + list(order, type);
    }

    private static int list(int order, int type) {
        return order * MigrateType.COUNT + type;
    }

    private void insert(int frame, int order, int previous, int next) {
        map.setWordOpaque(frame, FrameWord.free(order, previous, next));
        map.setWordOpaque(previous, FrameWord.withNext(map.wordOpaque(previous), frame));
        map.setWordOpaque(next, FrameWord.withPrevious(map.wordOpaque(next), frame));
    }

    private void count(int order, int type, int change) {
        int blocks = blocks(order, type) + change;
        COUNT.setOpaque(counts, PAD + list(order, type), blocks);
        int orders = ordersOpaque(type);
        setOrdersOpaque(type, blocks == 0 ? orders & ~(1 << order) : orders | (1 << order));
    }

    private int ordersOpaque(int type) {
        return (int) COUNT.getOpaque(counts, ORDERS + type);
    }

    private void setOrdersOpaque(int type, int orders) {
        COUNT.setOpaque(counts, ORDERS + type, orders);
    }
}
