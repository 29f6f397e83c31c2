package org.mm4j.buddy;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SlotGate;

/**
 * The references of blocks in use, counted by compare-and-set on the word of the first frame.
 *
 * <pre>
 *              get: +1                          put: −1, others left
 *    IN_USE n ---------> IN_USE n+1    IN_USE n ----------------------> IN_USE n−1
 *
 *                               put: the last one
 *                     IN_USE 1 -------------------> GOING ---> free lists, under the zone lock
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>R1: a block goes from IN_USE to GOING exactly once; the thread that did it, and no other, frees it,
 * <li>R2: no reference is added to a block that is not IN_USE,
 * <li>R3: one compare-and-set sees references, order and state together, so a reference is never counted for a block
 * that has been cut or freed meanwhile.
 * </ul>
 *
 * <p>In Linux 6.18: include/linux/mm.h, get_page(), put_page(); mm/page_alloc.c, __free_pages(). Differs: a frame behind
 * the first of a block that is not compound has no references of its own, and is refused.
 */
final class References {
    private final MemMap map;
    private final Zones zones;
    private final @Nullable SlotGate gate;

    References(MemMap map, Zones zones) {
        this.map = map;
        this.zones = zones;
        gate = zones.gate();
    }

    /** Adds a reference; false when the frame is in no block in use. The caller need not hold the block. */
    boolean tryGet(long pfn) {
        return tryGet(pfn, 1);
    }

    /** Adds references; false when the frame is in no block in use. The caller need not hold the block. */
    boolean tryGet(long pfn, int references) {
        if (!map.contains(pfn)) {
            return false;
        }
        int frame = map.frame(pfn);
        while (true) {
            int head = map.blockHead(frame);
            long word = map.wordOpaque(head);
            if (!holds(head, word, frame)) {
                return false;
            }
            if (FrameWord.references(word) > FrameWord.REFERENCES_MAX - references) {
                throw Refusal.tooManyReferences(pfn, word, references);
            }
            if (map.casWord(
                    head,
                    word,
                    FrameWord.plusReferences(word, references))) { // [references.A1] pairs with [references.R1]
                return true;
            }
        }
    }

    /** Drops a reference; the last one frees the block. */
    void put(long pfn) {
        while (true) {
            int frame = map.contains(pfn) ? map.frame(pfn) : FreeAreas.NONE;
            int head = frame == FreeAreas.NONE ? frame : map.blockHead(frame);
            long word = frame == FreeAreas.NONE ? FrameWord.RESERVED_WORD : map.wordOpaque(head);
            if (!holds(head, word, frame)) {
                throw Refusal.ofFrame(map, pfn);
            }
            if (drop(head, word)) {
                return;
            }
        }
    }

    /**
     * Drops a reference on a block that begins there; if it is the last one, the block is GOING, and the caller frees it
     * into its zone.
     *
     * @return the order of the block to free, or {@link FreeAreas#NONE}
     */
    int dropLast(long pfn) {
        while (true) {
            int frame = firstFrame(pfn, 0);
            long word = map.wordOpaque(frame);
            if (!holds(frame, word, frame)) {
                throw Refusal.ofFrame(map, pfn);
            }
            long next = FrameWord.minusReference(word);
            if (map.casWord(frame, word, next)) { // [references.R1]
                return FrameWord.state(next) == FrameWord.GOING ? FrameWord.order(word) : FreeAreas.NONE;
            }
        }
    }

    /** Drops several references, one of which may be the last. */
    void put(long pfn, int references) {
        if (references > 1) {
            dropAllButOne(pfn, references);
        }
        if (references > 0) {
            put(pfn);
        }
    }

    /** Drops one reference less than so many, so that one is left for sure, and the block stays. */
    private void dropAllButOne(long pfn, int references) {
        while (true) {
            int head = map.contains(pfn) ? map.blockHead(map.frame(pfn)) : FreeAreas.NONE;
            long word = head == FreeAreas.NONE ? FrameWord.RESERVED_WORD : map.wordOpaque(head);
            if (head == FreeAreas.NONE || !holds(head, word, map.frame(pfn))) {
                throw Refusal.ofFrame(map, pfn);
            }
            if (FrameWord.references(word) < references) {
                throw Refusal.tooFewReferences(pfn, word, references);
            }
            if (map.casWord(head, word, FrameWord.plusReferences(word, 1 - references))) { // [references.R1]
                return;
            }
        }
    }

    /** Drops the reference of whoever took the block with this order. */
    void free(long pfn, int order) {
        while (true) {
            int frame = firstFrame(pfn, order);
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) != FrameWord.IN_USE || FrameWord.order(word) != order) {
                throw Refusal.ofBlock(map, pfn, order);
            }
            boolean leavesFirst = order > 0 && FrameWord.references(word) > 1 && !FrameWord.isCompound(word);
            if (leavesFirst ? Cutting.dropAllButFirst(zones.zoneOf(frame), frame, word) : drop(frame, word)) {
                return;
            }
        }
    }

    /** Whether the reference could be dropped; false when the word has changed. */
    private boolean drop(int head, long word) {
        if (FrameWord.references(word) == 1 && dropIntoCache(head, FrameWord.order(word))) {
            return true;
        }
        long next = FrameWord.minusReference(word);
        if (!map.casWord(head, word, next)) { // [references.R1] the user's writes, to whoever has the block next
            return false;
        }
        if (FrameWord.state(next) == FrameWord.GOING) {
            zones.zoneOf(head).free(head, FrameWord.order(word));
        }
        return true;
    }

    /** From in use to cached, by one compare-and-set. */
    private boolean dropIntoCache(int head, int order) {
        if (gate == null || !PageFrame.pcpAllowedOrder(order)) {
            return false;
        }
        PageCache cache = zones.zoneOf(head).cache();
        return cache != null && cache.put(gate, head, order);
    }

    /**
     * Makes a block movable by an owner, 0 for nobody. Only single frames and compound blocks can be: the references of
     * others break them up.
     */
    void setOwner(long pfn, int owner) {
        while (true) {
            int frame = firstFrame(pfn, 0);
            long word = map.wordOpaque(frame);
            if (!holds(frame, word, frame)) {
                throw Refusal.ofFrame(map, pfn);
            }
            if (FrameWord.order(word) > 0 && !FrameWord.isCompound(word)) {
                throw Refusal.refused(
                        pfn, "a block of order " + FrameWord.order(word) + " that is not compound cannot be moved");
            }
            if (FrameWord.isExact(word)) {
                throw Refusal.refused(pfn, "exact pages cannot be moved");
            }
            if (map.casWord(frame, word, FrameWord.withOwner(word, owner))) {
                return;
            }
        }
    }

    /** References of the block that holds the frame; 0 when it is not in use. */
    int count(long pfn) {
        if (!map.contains(pfn)) {
            return 0;
        }
        int frame = map.frame(pfn);
        int head = map.blockHead(frame);
        long word = map.wordOpaque(head);
        return holds(head, word, frame) ? FrameWord.references(word) : 0;
    }

    /** The frame of a pfn at which a block of the order may begin. */
    int firstFrame(long pfn, int order) {
        if (order < 0 || order > PageFrame.MAX_PAGE_ORDER || !map.contains(pfn) || (pfn & ((1L << order) - 1)) != 0) {
            throw Refusal.ofBlock(map, pfn, order);
        }
        return map.frame(pfn);
    }

    /** Whether the word is of a block in use whose references count for the frame. */
    private static boolean holds(int head, long word, int frame) {
        return FrameWord.state(word) == FrameWord.IN_USE
                && (head == frame || (FrameWord.isCompound(word) && frame < head + (1 << FrameWord.order(word))));
    }

    /** Refuses a number of references that cannot be. */
    static void checkCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("references are counted from 0 on, not " + count);
        }
    }
}
