package org.mm4j.kernel.memcg;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.Padded;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SlotGate;

/**
 * Bytes that groups are charged in advance, so that most charges change no counter that others use: for each CPU slot a
 * few groups, and of each what is in stock and what its use has changed since it was last told.
 *
 * <pre>
 *   slot     group 0             group 1           ...  group 6
 *          | in stock, used by | in stock, used by ...                     in bytes
 *          |           kind    |           kind    ...
 *
 *   charge     in stock -= bytes, used += bytes      empty: the counters are charged 64 pages, the rest is put in stock
 *   uncharge   in stock += bytes, used -= bytes      more than 64 pages: the counters get all of it back
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>K1: the words of a slot change only by whoever is inside of it,
 * <li>K2: for each group, what the counter of the group has been charged itself = what is used + what all slots have in
 * stock for it.
 * </ul>
 *
 * <p>A look at who is in another slot is racy: one that comes meanwhile is found the next time.
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, consume_stock(), refill_stock(), drain_all_stock(), and the same of
 * obj_stock. Differs: one stock of bytes is both that of pages and that of objects.
 */
final class ChargeStocks {
    /** In Linux: MEMCG_CHARGE_BATCH, in pages. */
    static final int CHARGE_BATCH_PAGES = 64;

    static final long CHARGE_BATCH_BYTES = (long) CHARGE_BATCH_PAGES << PageFrame.PAGE_SHIFT;

    /** In Linux: NR_MEMCG_STOCK. */
    private static final int ENTRIES = 7;

    private static final int NO_ENTRY = -1;

    // Where an entry's words stand.

    private static final int IN_STOCK = 0;
    private static final int USED = 1;
    private static final int ENTRY_WORDS = 8;

    /** Behind the entries: which one goes next. */
    private static final int VICTIM = ENTRIES * ENTRY_WORDS;

    /** In longs, with 128 bytes before the entries. */
    private static final int STRIDE = (2 + ENTRIES + 1) * ENTRY_WORDS;

    static {
        assert USED + Kind.values().length <= ENTRY_WORDS;
    }

    private final SlotGate gate;
    private final long[] words;
    private final @Nullable ObjCgroup[] groups;

    /** Nothing in stock. The gate is nobody else's, as whoever charges may be inside of others. */
    ChargeStocks(SlotGate gate) {
        this.gate = gate;
        words = new long[(gate.slots() + 1) * STRIDE]; // the last one is padding
        groups = new ObjCgroup[Padded.length(gate.slots())];
    }

    private static int at(int slot, int entry) {
        return slot * STRIDE + (2 + entry) * ENTRY_WORDS; // two cache lines before the first
    }

    /** Uses bytes in stock; false when there are not so many, or no slot can be entered. */
    boolean take(ObjCgroup group, int kind, long bytes) {
        int slot = gate.enter();
        if (slot == SlotGate.NONE) {
            return false;
        }
        try {
            int entry = find(slot, group);
            if (entry == NO_ENTRY) {
                return false;
            }
            int at = at(slot, entry);
            if (words[at + IN_STOCK] < bytes) {
                return false;
            }
            words[at + IN_STOCK] -= bytes;
            words[at + USED + kind] += bytes;
            return true;
        } finally {
            gate.leave(slot);
        }
    }

    /** Puts bytes in stock that are charged and over, and notes what has changed; false when no slot can be entered. */
    boolean put(ObjCgroup group, int kind, long surplus, long used) {
        int slot = gate.enter();
        if (slot == SlotGate.NONE) {
            return false;
        }
        long excess;
        try {
            int entry = find(slot, group);
            int at = at(slot, entry == NO_ENTRY ? install(slot, group) : entry);
            words[at + USED + kind] += used;
            long stock = words[at + IN_STOCK] + surplus;
            excess = stock > CHARGE_BATCH_BYTES ? stock : 0;
            words[at + IN_STOCK] = stock - excess;
        } finally {
            gate.leave(slot);
        }
        if (excess > 0) {
            group.counter().uncharge(excess);
        }
        return true;
    }

    private int find(int slot, ObjCgroup group) {
        int first = Padded.index(slot);
        for (int entry = 0; entry < ENTRIES; entry++) {
            if (groups[first + entry] == group) {
                return entry;
            }
        }
        return NO_ENTRY;
    }

    /** An empty entry, or that of a group whose turn it is to go. */
    private int install(int slot, ObjCgroup group) {
        int first = Padded.index(slot);
        int entry = 0;
        while (entry < ENTRIES && groups[first + entry] != null) {
            entry++;
        }
        if (entry == ENTRIES) {
            int victim = at(slot, 0) + VICTIM;
            entry = (int) words[victim];
            words[victim] = (entry + 1L) % ENTRIES;
            flush(slot, entry, false);
        }
        groups[first + entry] = group;
        return entry;
    }

    /** Tells an entry's counts to its group; without {@code keepsStock} the stock goes back, and the entry is empty. */
    private void flush(int slot, int entry, boolean keepsStock) {
        int place = Padded.index(slot) + entry;
        ObjCgroup group = groups[place];
        if (group == null) {
            return;
        }
        int at = at(slot, entry);
        for (int kind = 0; kind < ENTRY_WORDS - USED; kind++) {
            group.counts().addUsed(kind, words[at + USED + kind]);
        }
        Arrays.fill(words, at + USED, at + ENTRY_WORDS, 0);
        if (!keepsStock) {
            group.counter().uncharge(words[at + IN_STOCK]);
            words[at + IN_STOCK] = 0;
            groups[place] = null;
        }
    }

    // All slots.

    /** Tells all counts of a group and those below it. */
    void flushCounts(ObjCgroup root) {
        visit(root, true);
    }

    /** Gives the stock of a group and of those below it back. In Linux: drain_all_stock(). */
    void drain(ObjCgroup root) {
        visit(root, false);
    }

    private void visit(ObjCgroup root, boolean keepsStock) {
        for (int slot = 0; slot < gate.slots(); slot++) {
            if (hasSome(slot, root)) {
                gate.seize(slot);
                try {
                    flushThoseOf(slot, root, keepsStock);
                } finally {
                    gate.release(slot);
                }
            }
        }
    }

    private boolean hasSome(int slot, ObjCgroup root) {
        int first = Padded.index(slot);
        for (int entry = 0; entry < ENTRIES; entry++) {
            ObjCgroup group = groups[first + entry];
            if (group != null && group.isWithin(root)) {
                return true;
            }
        }
        return false;
    }

    private void flushThoseOf(int slot, ObjCgroup root, boolean keepsStock) {
        int first = Padded.index(slot);
        for (int entry = 0; entry < ENTRIES; entry++) {
            ObjCgroup group = groups[first + entry];
            if (group != null && group.isWithin(root)) {
                flush(slot, entry, keepsStock);
            }
        }
    }
}
