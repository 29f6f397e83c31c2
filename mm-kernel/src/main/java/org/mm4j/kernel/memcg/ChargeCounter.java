package org.mm4j.kernel.memcg;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes a group and all groups below it are charged, and how many they may be. A charge adds to the group and
 * to each of its ancestors; the first that would be over its limit has it undone.
 *
 * <pre>
 *   tryCharge(20) of c                     usage / max
 *
 *     root    0 / -       0 / -        0 / -        0 / -
 *      |
 *      a     90 / 100    90 / 100   110 / 100      90 / 100      2. too much: undone here,
 *      |
 *      c     10 / 50     30 / 50     30 / 50       10 / 50       1. added    3. undone, too:  a is returned
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>C1: the usage is what was charged and not uncharged, at the group and below, and what tries are adding just now,
 * <li>C2: a charge that succeeded found the usage, itself included, within the limit of every ancestor,
 * <li>C3: of a try and a lower limit that come together, the try sees the limit, or whoever set it sees the charge.
 * </ul>
 *
 * <p>Two tries may both fail where one alone would not: each sees the other's bytes before they are undone.
 *
 * <p>Lock-free, for all threads. In Linux 6.18: mm/page_counter.c. Differs: it counts bytes, so that nobody has to
 * remember what is left of a page.
 */
class ChargeCounter {
    /** No limit. In Linux: PAGE_COUNTER_MAX, which files show as {@code max}. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final VarHandle USAGE;
    private static final VarHandle MAX;
    private static final VarHandle PEAK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            USAGE = lookup.findVarHandle(ChargeCounter.class, "usage", long.class);
            MAX = lookup.findVarHandle(ChargeCounter.class, "max", long.class);
            PEAK = lookup.findVarHandle(ChargeCounter.class, "peak", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable ChargeCounter parent;

    @SuppressWarnings("UnusedVariable") // by USAGE
    private long usage;

    @SuppressWarnings("UnusedVariable") // by MAX
    private long max = UNLIMITED;

    /** The largest usage, about. */
    @SuppressWarnings("UnusedVariable") // by PEAK
    private long peak;

    /** Nothing is charged, and there is no limit. */
    ChargeCounter(@Nullable ChargeCounter parent) {
        this.parent = parent;
    }

    /** Charges this group and its ancestors, or returns the one that would be over its limit. */
    final @Nullable ChargeCounter tryCharge(long bytes) {
        for (ChargeCounter counter = this; counter != null; counter = counter.parent) {
            long next = counter.addUsage(bytes);
            if (next > counter.maxVolatile()) { // [charge-counter.A1] pairs with [charge-counter.R2]
                counter.addUsage(-bytes);
                undo(counter, bytes);
                return counter;
            }
            counter.notePeak(next);
        }
        return null;
    }

    /** Takes a charge back from this group up to the one that refused it, which has nothing of it. */
    private void undo(ChargeCounter refused, long bytes) {
        for (ChargeCounter counter = this; counter != null && !counter.equals(refused); counter = counter.parent) {
            counter.addUsage(-bytes);
        }
    }

    /** Charges this group and its ancestors, whatever their limits. In Linux: page_counter_charge(). */
    final void charge(long bytes) {
        for (ChargeCounter counter = this; counter != null; counter = counter.parent) {
            counter.notePeak(counter.addUsage(bytes));
        }
    }

    /** Takes a charge back. In Linux: page_counter_uncharge(). */
    final void uncharge(long bytes) {
        for (ChargeCounter counter = this; counter != null; counter = counter.parent) {
            long left = counter.addUsage(-bytes);
            assert left >= 0 : "more was given back than charged, by " + -left + " bytes";
        }
    }

    /**
     * Sets the limit.
     *
     * @return the usage that tries have reached who may not have seen it; it can be more than the limit
     */
    final long setMax(long bytes) {
        setMaxVolatile(bytes); // [charge-counter.R2]
        return usageVolatile(); // [charge-counter.A2] pairs with [charge-counter.R1]
    }

    /** Bytes now. Racy. */
    final long usage() {
        return usageVolatile();
    }

    /** The limit. */
    final long max() {
        return maxVolatile();
    }

    /** How many bytes are left below the limit; 0 when there is more than there may be. Racy. */
    final long margin() {
        return Math.max(0, maxVolatile() - usageVolatile());
    }

    /** The largest usage since boot, about. In Linux: watermark. */
    final long peak() {
        return (long) PEAK.getOpaque(this);
    }

    /** Of two that come together the smaller may win: it is a number to look at. */
    private void notePeak(long next) {
        if (next > peak()) {
            PEAK.setOpaque(this, next);
        }
    }

    /** Returns the sum. */
    long addUsage(long bytes) {
        return (long) USAGE.getAndAdd(this, bytes) + bytes; // [charge-counter.R1] the charge, to whoever sets a limit
    }

    long usageVolatile() {
        return (long) USAGE.getVolatile(this);
    }

    long maxVolatile() {
        return (long) MAX.getVolatile(this);
    }

    void setMaxVolatile(long bytes) {
        MAX.setVolatile(this, bytes);
    }
}
