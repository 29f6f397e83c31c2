package org.mm4j.kernel.reclaim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a thread that sleeps most of the time is asked to do. Many ask, one works; requests that come before it looks are
 * merged, and none is lost.
 *
 * <pre>
 *    15            8 7             0
 *   +---------------+---------------+
 *   |  highest + 1  |   order + 1   |      0 = nothing
 *   +---------------+---------------+
 *
 *   asker                               worker
 *     word := max(word, request)          asleep := true
 *     asleep?  unpark                     word = 0?  park
 *                                         asleep := false
 * </pre>
 *
 * <p>Invariant W1: when the worker parks, the word was 0 at a moment at which every later asker sees it asleep. Both sides
 * write first and read then, by volatile accesses: one of the two sees the other.
 *
 * <p>In Linux 6.18: kswapd_order, kswapd_highest_zoneidx and kswapd_wait of {@code struct pglist_data}.
 */
class WakeWord {
    private static final VarHandle WORD;
    private static final VarHandle ASLEEP;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            WORD = lookup.findVarHandle(WakeWord.class, "word", int.class);
            ASLEEP = lookup.findVarHandle(WakeWord.class, "asleep", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Nothing is asked for. */
    static final int NOTHING = 0;

    private static final int HIGHEST_SHIFT = 8;
    private static final int ORDER_MASK = 0xff;

    @SuppressWarnings("unused") // by WORD
    private int word;

    @SuppressWarnings("unused") // by ASLEEP
    private boolean asleep;

    // Requests. Pure functions.

    static int request(int order, int highest) {
        return (highest + 1) << HIGHEST_SHIFT | (order + 1);
    }

    static int order(int request) {
        return (request & ORDER_MASK) - 1;
    }

    static int highest(int request) {
        return (request >>> HIGHEST_SHIFT) - 1;
    }

    /** The larger order and the higher zone of both. */
    static int merged(int one, int other) {
        return request(Math.max(order(one), order(other)), Math.max(highest(one), highest(other)));
    }

    // Asking.

    /** Asks for work, and wakes the worker if it sleeps; null: there is no thread yet, and it will look by itself. */
    final void ask(int request, @Nullable Thread worker) {
        note(request);
        if (worker != null && asleepVolatile()) { // [kswapd.A2] pairs with [kswapd.R2]
            unpark(worker);
        }
    }

    /** Leaves a request for when the worker looks the next time. */
    final void note(int request) {
        while (true) {
            int now = wordVolatile();
            int next = merged(now, request);
            if (next == now || casWord(now, next)) { // [kswapd.R1] before it is looked at who sleeps
                return;
            }
        }
    }

    // Working.

    /** What is asked for, which nobody is asked for any more. */
    final int take() {
        return (int) WORD.getAndSet(this, NOTHING);
    }

    final boolean isAsked() {
        return wordVolatile() != NOTHING; // [kswapd.A1] pairs with [kswapd.R1]
    }

    /**
     * Sleeps while nothing is asked for, at most so long; 0: without end. It may end early for no reason.
     *
     * @return whether something is asked for
     */
    final boolean sleep(long nanos) {
        setAsleepVolatile(true); // [kswapd.R2] before the word is looked at
        try {
            if (!isAsked()) {
                park(nanos);
            }
        } finally {
            setAsleepVolatile(false);
        }
        return isAsked();
    }

    void park(long nanos) {
        if (nanos == 0) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, nanos);
        }
    }

    void unpark(Thread worker) {
        LockSupport.unpark(worker);
    }

    int wordVolatile() {
        return (int) WORD.getVolatile(this);
    }

    private boolean casWord(int expected, int next) {
        return WORD.compareAndSet(this, expected, next);
    }

    boolean asleepVolatile() {
        return (boolean) ASLEEP.getVolatile(this);
    }

    void setAsleepVolatile(boolean next) {
        ASLEEP.setVolatile(this, next);
    }
}
