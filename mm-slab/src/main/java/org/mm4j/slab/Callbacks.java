package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;
import org.mm4j.api.Waiting;

/**
 * The callbacks of an {@link Rcu}: a queue, and one thread at a time that runs what is due.
 *
 * <pre>
 *    head -&gt; [state 8] -&gt; [state 8] -&gt; [state 12] &lt;- tail          queued = 7
 *     |
 *     | its grace period has ended, and the thread is the runner
 *     v
 *    afterGracePeriod()                                            finished = 4
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>C1: callbacks leave the queue in the order in which they came, and only the runner takes them out.
 * <li>C2: finished + the one that runs + those in the queue = queued. So when {@code finished} has come to what {@code
 * queued} was, all that were queued by then are done.
 * <li>C3: a callback is in one queue at the most, once.
 * </ul>
 *
 * <p>The runner is no lock that others wait for: who finds another one at work leaves it to it.
 *
 * <p>In Linux 6.18: kernel/rcu/rcu_segcblist.c. Differs: the state stands in each callback, so one list is enough.
 */
final class Callbacks {
    private static final VarHandle RUNNER;
    private static final VarHandle FINISHED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RUNNER = lookup.findVarHandle(Callbacks.class, "runner", Thread.class);
            FINISHED = lookup.findVarHandle(Callbacks.class, "finished", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GracePeriods periods;
    private final SpinLock lock = new SpinLock(LockRank.RCU);

    /** Guarded by {@code lock}, as all up to {@code isClosed}. */
    private @Nullable RcuCallback head;

    private @Nullable RcuCallback tail;
    private long queued;
    private boolean isClosed;

    @SuppressWarnings("unused") // by RUNNER
    private @Nullable Thread runner;

    /** How many are done. Written by the runner. */
    private long finished;

    Callbacks(GracePeriods periods) {
        this.periods = periods;
    }

    /** Queues a callback; false, and nothing is changed, when the queue is closed. */
    boolean add(RcuCallback callback) {
        callback.claim();
        boolean isAdded = false;
        lock.lock();
        try {
            if (!isClosed) {
                append(callback);
                isAdded = true;
            }
        } finally {
            lock.unlock();
            if (!isAdded) {
                callback.unclaim();
            }
        }
        return isAdded;
    }

    private void append(RcuCallback callback) {
        callback.state = periods.state();
        RcuCallback last = tail;
        if (last == null) {
            head = callback;
        } else {
            last.next = callback;
        }
        tail = callback;
        queued++;
    }

    /** How many there have been; afterwards no more, if all of them are done. */
    boolean closeIfDone() {
        lock.lock();
        try {
            isClosed |= finishedAcquire() == queued;
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return head == null;
        } finally {
            lock.unlock();
        }
    }

    /** How many have been queued. */
    long queued() {
        lock.lock();
        try {
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Does what can be done without waiting; whether a callback ran. */
    boolean work() {
        advance();
        if (!casRunner(null, Thread.currentThread())) { // [rcu-callbacks.A1] pairs with [rcu-callbacks.R1]
            return false;
        }
        long before = finished;
        try {
            for (RcuCallback ready = takeReady(); ready != null; ready = takeReady()) {
                run(ready);
            }
        } finally {
            setRunnerRelease(null); // [rcu-callbacks.R1] what the callbacks did, to the next runner
        }
        return finishedAcquire() != before;
    }

    /** The grace period of the first callback comes nearer to its end. */
    private void advance() {
        lock.lock();
        RcuCallback first = head;
        long state = first == null ? 0 : first.state;
        lock.unlock();
        if (first != null) {
            periods.tryAdvance(state);
        }
    }

    private @Nullable RcuCallback takeReady() {
        lock.lock();
        try {
            RcuCallback first = head;
            if (first == null || !periods.hasEnded(first.state)) {
                return null;
            }
            head = first.next;
            tail = head == null ? null : tail;
            first.next = null;
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void run(RcuCallback callback) {
        try {
            callback.unclaim();
            callback.afterGracePeriod();
        } finally {
            setFinishedRelease(finished + 1); // [rcu-callbacks.R2] what the callback did, to who waits for it
        }
    }

    /** Waits until all that are queued now are done, and helps. */
    void barrier() {
        long target = queued();
        Waiting waiting = new Waiting();
        try {
            while (finishedAcquire() - target < 0) { // [rcu-callbacks.A2] pairs with [rcu-callbacks.R2]
                if (!work()) {
                    waiting.once();
                }
            }
        } finally {
            waiting.end();
        }
    }

    /** Whether the calling thread is inside of a callback. */
    @SuppressWarnings("ReferenceEquality") // a thread is equal to itself only
    boolean isRunner() {
        return runnerOpaque() == Thread.currentThread();
    }

    private @Nullable Thread runnerOpaque() {
        return (Thread) RUNNER.getOpaque(this);
    }

    private boolean casRunner(@Nullable Thread expected, @Nullable Thread next) {
        return RUNNER.compareAndSet(this, expected, next);
    }

    private void setRunnerRelease(@Nullable Thread next) {
        RUNNER.setRelease(this, next);
    }

    private long finishedAcquire() {
        return (long) FINISHED.getAcquire(this);
    }

    private void setFinishedRelease(long count) {
        FINISHED.setRelease(this, count);
    }
}
