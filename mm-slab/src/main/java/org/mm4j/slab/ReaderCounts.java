package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.Padded;

/**
 * How many readers are inside: two counts for each slot, one for each bank.
 *
 * <pre>
 *    [ padding | bank 0, bank 1 | padding | bank 0, bank 1 | padding ... ]
 *                 slot 0                     slot 1
 *
 *    a section's number  =  2 * slot + bank
 * </pre>
 *
 * <p>The two counts of a slot share a cache line, and no two slots do: see {@link Padded}. A section is counted off where
 * it was counted, wherever its thread runs by then; so a count is the number of sections in it, never less than 0, and one
 * count that is 0 says that all of its sections are over.
 *
 * <p>In Linux 6.18: srcu_ctrs of include/linux/srcutree.h. Differs: the kernel counts locks and unlocks apart, as its
 * CPUs count without atomic instructions and a reader may unlock on another one; then only the sums over all CPUs can be
 * compared, and which is read first matters. Here several threads share a slot, so that counting is atomic anyway.
 */
class ReaderCounts {
    /** 2<sup>16</sup> slots are 16 MiB. */
    static final int SLOTS_MAX = 1 << 16;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final int slots;
    private final long[] words;

    /** Nobody is inside. */
    ReaderCounts(int slots) {
        if (slots < 1 || slots > SLOTS_MAX) {
            throw new IllegalArgumentException(
                    "readers count in 1 to " + SLOTS_MAX + " slots, and " + slots + " were asked for");
        }
        this.slots = slots;
        words = new long[Padded.length(slots)];
    }

    int slots() {
        return slots;
    }

    static int section(int slot, int bank) {
        return 2 * slot + bank;
    }

    void enter(int section) {
        addToCount(section, 1);
    }

    /** A section that nobody can be in is refused. */
    void leave(int section) {
        if (section < 0 || section >= 2 * slots) {
            throw new IllegalArgumentException(
                    "readUnlock of section " + section + ", but readLock returns 0 to " + (2 * slots - 1) + " here");
        }
        long before = addToCount(section, -1); // [rcu.R1] what the section did, to the grace period that waited for it
        if (before <= 0) {
            addToCount(section, 1);
            throw new IllegalStateException("readUnlock of section " + section + ", which nobody is inside of");
        }
    }

    boolean isEmpty(int slot, int bank) {
        return countVolatile(section(slot, bank)) == 0; // [rcu.A1] pairs with [rcu.R1]
    }

    /** All that are inside. Racy. */
    long sum() {
        long sum = 0;
        for (int section = 0; section < 2 * slots; section++) {
            sum += countVolatile(section);
        }
        return sum;
    }

    /** A volatile read and write; what was there before. */
    long addToCount(int section, long readers) {
        return (long) WORD.getAndAdd(words, index(section), readers);
    }

    private long countVolatile(int section) {
        return (long) WORD.getVolatile(words, index(section));
    }

    private static int index(int section) {
        return Padded.index(section >>> 1) + (section & 1);
    }
}
