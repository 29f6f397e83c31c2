package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Something that is done once after a grace period. It is its own place in the queue, so that deferring takes no Java
 * heap: who has a callback can defer it. When it runs it can be deferred again.
 *
 * <p>In Linux 6.18: struct rcu_head.
 *
 * <p>Any thread may defer it; one at a time.
 */
public abstract class RcuCallback {
    private static final VarHandle IS_QUEUED;

    static {
        try {
            IS_QUEUED = MethodHandles.lookup().findVarHandle(RcuCallback.class, "isQueued", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Whether it is in the queue of some {@link Rcu}. */
    @SuppressWarnings("unused") // by IS_QUEUED
    private boolean isQueued;

    /** The one behind it, and the state that it waits for; guarded by the lock of the queue that it is in. */
    @Nullable
    RcuCallback next;

    long state;

    /** A callback that waits for nothing yet. */
    protected RcuCallback() {}

    /**
     * What is to be done: once for each time that it was deferred, after a grace period, in the order in which callbacks
     * were deferred, and never at the same time as another callback of the same {@link Rcu}. What it throws reaches the
     * caller in whose thread it runs; it counts as done.
     */
    protected abstract void afterGracePeriod();

    /** The callback is in a queue from now on, if it was not. */
    final void claim() {
        if (!casQueued(false, true)) {
            throw new IllegalStateException("a callback that still waits for its grace period was deferred again");
        }
    }

    /** The callback has left its queue. */
    final void unclaim() {
        setQueuedRelease(false); // [rcu-callback.R1] its links, to who defers it next
    }

    private boolean casQueued(boolean expected, boolean next) {
        return IS_QUEUED.compareAndSet(this, expected, next); // [rcu-callback.A1] pairs with [rcu-callback.R1]
    }

    private void setQueuedRelease(boolean isQueued) {
        IS_QUEUED.setRelease(this, isQueued);
    }
}
