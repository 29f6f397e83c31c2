package org.mm4j.vmalloc;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;

/**
 * Who may run together: calls that change something with one another, and calls that want nothing to change alone.
 *
 * <p>A call that changes something never waits for memory here: it goes out between two attempts. So who waits to be
 * alone, and those behind him, wait for calls that end.
 */
final class CallGate {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final FreePath freePath;
    private final @Nullable FaultInjection trylock;
    private volatile boolean isClosed;

    CallGate(FreePath freePath, @Nullable FaultInjection trylock) {
        this.freePath = freePath;
        this.trylock = trylock;
    }

    /**
     * Begins a call that changes something, and gives back what waits for one that may wait.
     *
     * @return false when it would have to wait and must not
     * @throws IllegalStateException when vmalloc is closed
     */
    boolean begin(boolean mayBlock) {
        if (mayBlock) {
            lock.readLock().lock();
        } else if (!tryLock()) {
            return false;
        }
        boolean begun = false;
        try {
            checkOpen();
            if (mayBlock) {
                freePath.drain();
            }
            begun = true;
            return true;
        } finally {
            if (!begun) {
                end();
            }
        }
    }

    private boolean tryLock() {
        boolean fails = trylock != null && trylock.shouldFail(1);
        return !fails && lock.readLock().tryLock();
    }

    /** Begins a call that may wait. */
    void begin() {
        begin(true);
    }

    void end() {
        lock.readLock().unlock();
    }

    /** Begins a call that runs alone. It may be a close behind the close. */
    void beginAlone() {
        lock.writeLock().lock();
    }

    void endAlone() {
        lock.writeLock().unlock();
    }

    boolean isClosed() {
        return isClosed;
    }

    /** By who runs alone. */
    void setClosed() {
        isClosed = true;
    }

    void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("vmalloc is closed");
        }
    }
}
