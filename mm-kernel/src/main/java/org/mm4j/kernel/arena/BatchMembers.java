package org.mm4j.kernel.arena;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who share a batch, counted without a lock.
 *
 * @param <M> what is remembered of a member
 */
final class BatchMembers<M> {
    /*
     * Invariants
     *   I1  of all calls that can end a batch, leave(), trySealIdle() and seal(), exactly one returns true, and none does
     *       while somebody belongs to it: the word is over from just one change on, and the change is a compare-and-set
     *       or an atomic addition.
     *   I2  whoever is told so sees everything that members wrote before they left.
     */
    private static final VarHandle WORD = wordHandle();

    /** What {@link #tryJoin} returns when nobody can join any more. */
    static final int NONE = -1;

    /** By place. Written by the member that has the place; others only report what they see. */
    private final @Nullable Object[] members;

    @SuppressWarnings("UnusedVariable") // WORD reads it
    private long word = BatchWord.EMPTY;

    BatchMembers(int places) {
        members = new Object[places];
    }

    private static VarHandle wordHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(BatchMembers.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Joins, and returns the place; or {@link #NONE}. */
    int tryJoin() {
        while (true) {
            long seen = wordAcquire();
            if (BatchWord.isSealed(seen)) {
                return NONE;
            }
            if (casWord(seen, BatchWord.join(seen, members.length))) {
                return BatchWord.joined(seen);
            }
        }
    }

    /** Remembers a member at its place. */
    void name(int place, M member) {
        members[place] = member;
    }

    /** Leaves; true when the batch is over by that. */
    boolean leave(int place) {
        members[place] = null;
        long before = (long) WORD.getAndAdd(this, -1L); // [arena-batch.R1] publishes what the member did
        return BatchWord.isOver(BatchWord.leave(before)); // [arena-batch.A1] pairs with [arena-batch.R1] of the others
    }

    /** Whether nobody belongs to it now, though others may join. Racy. */
    boolean isIdle() {
        return BatchWord.open(wordAcquire()) == 0;
    }

    /** Seals when nobody belongs to it; true when the batch is over by that. */
    boolean trySealIdle() {
        long seen = wordAcquire(); // [arena-batch.A2] pairs with [arena-batch.R1]
        boolean isIdle = !BatchWord.isSealed(seen) && BatchWord.open(seen) == 0;
        return isIdle && casWord(seen, BatchWord.seal(seen));
    }

    /** Nobody joins any more; true when the batch is over by that. */
    boolean seal() {
        while (true) {
            long seen = wordAcquire(); // [arena-batch.A3] pairs with [arena-batch.R1]
            if (BatchWord.isSealed(seen)) {
                return false;
            }
            if (casWord(seen, BatchWord.seal(seen))) {
                return BatchWord.open(seen) == 0;
            }
        }
    }

    /** Whether nobody belongs to it, and nobody will. */
    boolean isOver() {
        return BatchWord.isOver(wordAcquire());
    }

    /** How many belong to it. Racy. */
    int open() {
        return BatchWord.open(wordAcquire());
    }

    /** Those who belong to it. Racy: who has just joined may be missing. */
    @SuppressWarnings("unchecked") // only name() stores
    List<M> live() {
        List<M> live = new ArrayList<>();
        for (Object member : members) {
            if (member != null) {
                live.add((M) member);
            }
        }
        return live;
    }

    @Override
    public String toString() {
        return BatchWord.format(wordAcquire());
    }

    private long wordAcquire() {
        return (long) WORD.getAcquire(this);
    }

    private boolean casWord(long expected, long next) {
        return WORD.compareAndSet(this, expected, next);
    }
}
