package org.mm4j.slab;

/**
 * Where the grace periods are, one 64-bit word that grows by one at every step.
 *
 * <pre>
 *    63                                          2 1     0
 *   +---------------------------------------------+-------+
 *   |  grace periods that have ended              | phase |
 *   +---------------------------------------------+-------+
 *
 *    0 IDLE        no grace period runs
 *    1 BEGUN       one runs; the barrier is still to come
 *    2 STRAGGLERS  waits for those in the bank that nobody should be in any more
 *    3 DRAIN       readers count in the other bank now; waits for those in the old one
 * </pre>
 *
 * <p>Readers count in the bank that the word tells: it changes between STRAGGLERS and DRAIN, and only there. A state is the
 * word at the end of the grace period that is waited for. Words are compared by their difference, so that a wrap after
 * 2<sup>62</sup> grace periods would do no harm.
 *
 * <p>In Linux 6.18: kernel/rcu/rcu.h, rcu_seq_snap() and rcu_seq_done(); the bank is srcu_idx of kernel/rcu/srcutree.c.
 * Differs: one word for both.
 */
final class GraceSequence {
    static final int IDLE = 0;
    static final int BEGUN = 1;
    static final int STRAGGLERS = 2;
    static final int DRAIN = 3;

    private static final int PHASE_BITS = 2;
    private static final long PHASE_MASK = (1L << PHASE_BITS) - 1;

    private GraceSequence() {}

    static int phase(long sequence) {
        return (int) (sequence & PHASE_MASK);
    }

    /** How many grace periods have ended. */
    static long ended(long sequence) {
        return sequence >>> PHASE_BITS;
    }

    static long next(long sequence) {
        return sequence + 1;
    }

    /** The bank, 0 or 1, in which readers count that begin now. */
    static int bank(long sequence) {
        return (int) ((sequence + 1) >>> PHASE_BITS) & 1;
    }

    /** The end of the first grace period that begins later than now: one that runs already may have begun too early. */
    static long endOfNext(long sequence) {
        return (sequence + PHASE_MASK + (1L << PHASE_BITS)) & ~PHASE_MASK;
    }

    /** Whether the grace period that ends with this state has ended. */
    static boolean hasEnded(long sequence, long state) {
        return sequence - state >= 0;
    }

    /** Whether {@link #endOfNext} can have told this state, now or earlier. */
    static boolean isState(long sequence, long state) {
        return phase(state) == IDLE && state - endOfNext(sequence) <= 0;
    }
}
