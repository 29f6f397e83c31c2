package org.mm4j.slab;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs callbacks: sleeps while there are none, and looks once in a millisecond while readers are in the way.
 * What a callback throws goes to the handler of uncaught exceptions, and the thread goes on.
 *
 * <p>In Linux 6.18: the workqueue rcu_gp_wq.
 */
final class RcuWorker {
    private static final long LOOK_NANOS = 1_000_000;

    private final Callbacks callbacks;
    private final Thread thread;

    private volatile boolean isEnding;

    private RcuWorker(Callbacks callbacks, ThreadFactory threads) {
        this.callbacks = callbacks;
        @Nullable Thread made = threads.newThread(this::loop);
        if (made == null) {
            throw new IllegalArgumentException("the thread factory of an Rcu made no thread");
        }
        thread = made;
    }

    static RcuWorker start(Callbacks callbacks, ThreadFactory threads) {
        RcuWorker worker = new RcuWorker(callbacks, threads);
        worker.thread.start();
        return worker;
    }

    /** There may be something to do. A thread that is awake looks once more before it sleeps. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Ends the thread when nothing is left to do, and waits for its end. An interrupt is kept for the caller. */
    void end() {
        isEnding = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            wake();
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        while (true) {
            boolean isLast = isEnding; // before the look at the queue
            if (!callbacks.isEmpty()) {
                work();
            } else if (isLast) {
                return;
            } else {
                LockSupport.park(this);
            }
            Thread.interrupted(); // an interrupted thread would not park
        }
    }

    private void work() {
        try {
            if (!callbacks.work()) {
                LockSupport.parkNanos(this, LOOK_NANOS);
            }
        } catch (RuntimeException | Error e) {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
