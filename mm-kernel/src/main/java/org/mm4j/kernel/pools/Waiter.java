package org.mm4j.kernel.pools;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread that waits for elements of a {@link Reserve}. Everything but the thread is guarded by the reserve's lock. */
final class Waiter {
    private final Thread thread = Thread.currentThread();

    /** What it waits for, and where it goes: the empty places of this array. */
    final long[] elements;

    final int wanted;

    @Nullable
    Waiter next;

    boolean isServed;

    Waiter(long[] elements, int wanted) {
        this.elements = elements;
        this.wanted = wanted;
    }

    void wake() {
        LockSupport.unpark(thread);
    }
}
