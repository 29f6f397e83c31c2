package org.mm4j.slab;

/**
 * The head of one CPU's freelist in a cache, one 64-bit word.
 *
 * <pre>
 *   63 62         48 47                                   0
 *  +--+-------------+--------------------------------------+
 *  |c | freelist    | tid                                  |
 *  +--+-------------+--------------------------------------+
 *      c         closed: the CPU has no slab, or it is being changed; the freelist is empty
 *      freelist  number of the first object, 0: none; all are objects of the CPU's one slab
 *      tid       one more with every change
 * </pre>
 *
 * <p>The CPU's slab changes only while the word is closed, and opening and closing count as changes: who finds the word
 * unchanged by compare-and-set has had the right slab and the right link. The tid wraps after 2<sup>48</sup> changes: a
 * thread would have to sleep between its load and its compare-and-set for days of uninterrupted work of that very CPU,
 * and wake at the very change at which the freelist has the same head again.
 *
 * <p>In Linux 6.18: freelist_aba_t, {@code freelist} and {@code tid} of {@code struct kmem_cache_cpu}. Differs: a tid
 * tells there that a thread was preempted or moved; here, that another thread of the slot was faster. There is no closed
 * state there, as nobody else runs on the CPU while its slab is changed.
 */
final class CpuWord {
    /** A CPU without a slab. */
    static final long CLOSED = 1L << 63;

    private static final int FREELIST_SHIFT = 48;
    private static final int FREELIST_MASK = 0x7fff;
    private static final long TID_MASK = (1L << FREELIST_SHIFT) - 1;

    private CpuWord() {}

    static boolean isClosed(long word) {
        return word < 0;
    }

    static int freelist(long word) {
        return (int) (word >>> FREELIST_SHIFT) & FREELIST_MASK;
    }

    static long tid(long word) {
        return word & TID_MASK;
    }

    /** The next word: open, with another head. */
    static long withFreelist(long word, int head) {
        return ((long) head << FREELIST_SHIFT) | ((word + 1) & TID_MASK);
    }

    /** The next word: closed. */
    static long closed(long word) {
        return CLOSED | ((word + 1) & TID_MASK);
    }
}
