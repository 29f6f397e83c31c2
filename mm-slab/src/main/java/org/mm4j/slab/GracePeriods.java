package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.LockRank;
import org.mm4j.api.Padded;
import org.mm4j.api.SpinLock;

/**
 * Grace periods, step by step: whoever needs the end of one takes the lead and makes the steps that can be made. Nobody
 * waits in here.
 *
 * <pre>
 *    a reader                            the writer                     whoever leads
 *    --------                            ----------                     -------------
 *    bank = of the sequence (opaque)     unlink the object
 *    count in bank: +1 (volatile)        full fence           [Fw]
 *    light barrier              [Fr]     state = end of next            BEGUN       (release)
 *    read the link, the object ...       ...                            heavy barrier           [Fl]
 *    count in bank: -1 (volatile) R1     has state ended? A2            STRAGGLERS: every slot of the idle bank is 0   A1
 *                                        free the object                DRAIN, and readers change the bank
 *                                                                       every slot of the old bank is 0                A1
 *                                                                       IDLE        (release) R2
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>P1: between Fl and the end of a grace period, each count of each bank is seen to be 0 at least once.
 * <li>P2: a section's count is more than 0 from its +1 to its -1.
 * <li>P3: only the holder of {@code lead} changes the sequence and the cursor.
 * </ul>
 *
 * <p>Claim: a section that may have seen the link is over before the object is freed, and all its accesses come before.
 * Fences have a total order, and so have a light and a heavy barrier.
 *
 * <p>1. Fw is before Fl. The writer read a sequence that is older than BEGUN of the grace period it waits for: {@link
 * GraceSequence#endOfNext} passes over one that runs. Of the writer (unlinks, fence, reads the sequence) and the leader
 * (writes BEGUN, barrier) the leader's store was missed, so the leader's barrier is the later one.
 *
 * <p>2. Let Fr be before Fl. Then every look at a count after Fl sees the section's +1. By P1 the count was seen to be 0
 * after that, by P2 the section's -1 was before, and a volatile read sees all that was done before any volatile write that
 * precedes it: R1 to A1. If looks are shared by several leaders, the lock of the lead is between them. The end is stored
 * by R2 and read by A2, so the section is before the free.
 *
 * <p>3. Let Fl be before Fr. By 1, Fw is before Fr, so the reader's loads behind Fr see that the object is unlinked.
 *
 * <p>Nothing in this depends on the bank that a reader chose. That is why both banks are waited for: a reader may take
 * bank 0 from the sequence, lose its processor, sleep through a whole grace period, and only then count itself in bank 0,
 * which is the idle one now. The next grace period has to wait for it too, and if it waited for the old bank alone, for
 * bank 1, it would not: that is what STRAGGLERS is for.
 *
 * <p>The banks are for the end of the waiting, not for its safety: after the change of the bank a thread can enter the
 * old one only if it had read the sequence before, so once for each thread, and every count of it comes to 0 when the
 * sections in it end, however many new ones begin. One look per count is enough: the cursor never goes back.
 *
 * <p>The kernel counts locks and unlocks apart, and has to argue that its counters do not wrap between two looks while a
 * section hides in the difference. Here a count is a number of sections, at most 2<sup>63</sup>, and cannot wrap.
 *
 * <p>An error at any step, as of a barrier, leaves the step to be made again by the next leader.
 *
 * <p>In Linux 6.18: kernel/rcu/srcutree.c, srcu_advance_state() and srcu_readers_active_idx_check(). Differs: a step is
 * made by who needs it, not by a workqueue; no tree, as there are few slots.
 */
class GracePeriods {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    /** Alone in its cache line: readers load it, and it seldom changes. */
    private static final int SEQUENCE = Padded.index(0);

    private final ReaderCounts counts;
    private final AsymmetricBarrier barrier;
    private final long[] words = new long[Padded.length(1)];
    private final SpinLock lead = new SpinLock(LockRank.RCU);

    /** The slots before it have been seen empty in this phase. Guarded by {@code lead}. */
    private int cursor;

    private final @Nullable FaultInjection trylock;

    GracePeriods(ReaderCounts counts, AsymmetricBarrier barrier) {
        this(counts, barrier, null);
    }

    /** The same; now and then the lead cannot be had, unless null. */
    GracePeriods(ReaderCounts counts, AsymmetricBarrier barrier, @Nullable FaultInjection trylock) {
        this.trylock = trylock;
        this.counts = counts;
        this.barrier = barrier;
    }

    /** A reader enters; the section's number. An error is no section. */
    int enter(int slot) {
        int section = section(slot);
        enterSection(section);
        return section;
    }

    /** Where a reader that begins now is to count itself. */
    final int section(int slot) {
        return ReaderCounts.section(slot, GraceSequence.bank(sequenceOpaque()));
    }

    final void enterSection(int section) {
        counts.enter(section);
        boolean isInside = false;
        try {
            barrier.light();
            isInside = true;
        } finally {
            if (!isInside) {
                counts.leave(section);
            }
        }
    }

    void leave(int section) {
        counts.leave(section);
    }

    /** The state in which everything unlinked before can be freed. */
    final long state() {
        fence();
        return GraceSequence.endOfNext(sequenceOpaque());
    }

    void fence() {
        VarHandle.fullFence();
    }

    final boolean hasEnded(long state) {
        return GraceSequence.hasEnded(sequenceAcquire(), state); // [rcu.A2] pairs with [rcu.R2]
    }

    /** Whether {@link #state} can have returned this. */
    final boolean isState(long state) {
        return GraceSequence.isState(sequenceAcquire(), state);
    }

    final long ended() {
        return GraceSequence.ended(sequenceOpaque());
    }

    /** Makes the steps that can be made now, unless somebody else does. Never waits. Whether the state has ended. */
    final boolean tryAdvance(long state) {
        if (!hasEnded(state) && tryLead()) {
            try {
                while (!hasEnded(state) && step()) {}
            } finally {
                lead.unlock();
            }
        }
        return hasEnded(state);
    }

    private boolean tryLead() {
        boolean fails = trylock != null && trylock.shouldFail(1);
        return !fails && lead.tryLock();
    }

    /** The next step, by the holder of the lead; false when a reader is in the way. */
    final boolean step() {
        long sequence = sequencePlain();
        if (!isStepFree(sequence)) {
            return false;
        }
        cursor = 0;
        setSequenceRelease(GraceSequence.next(sequence)); // [rcu.R2] what was waited for, to who asks for the end
        return true;
    }

    private boolean isStepFree(long sequence) {
        return switch (GraceSequence.phase(sequence)) {
            case GraceSequence.IDLE -> true;
            case GraceSequence.BEGUN -> {
                barrier.heavy();
                yield true;
            }
            case GraceSequence.STRAGGLERS -> areStragglersGone(1 - GraceSequence.bank(sequence));
            default -> isDrained(1 - GraceSequence.bank(sequence));
        };
    }

    /** In the bank that was left by the grace period before. */
    boolean areStragglersGone(int bank) {
        return isDrained(bank);
    }

    private boolean isDrained(int bank) {
        while (cursor < counts.slots()) {
            if (!counts.isEmpty(cursor, bank)) {
                return false;
            }
            cursor++;
        }
        return true;
    }

    private long sequencePlain() {
        return (long) WORD.get(words, SEQUENCE);
    }

    private long sequenceOpaque() {
        return (long) WORD.getOpaque(words, SEQUENCE);
    }

    private long sequenceAcquire() {
        return (long) WORD.getAcquire(words, SEQUENCE);
    }

    private void setSequenceRelease(long sequence) {
        WORD.setRelease(words, SEQUENCE, sequence);
    }
}
