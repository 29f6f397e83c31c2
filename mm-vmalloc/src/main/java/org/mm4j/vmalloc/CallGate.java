package org.mm4j.vmalloc;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Who may run together: calls that change something with one another, and calls that want nothing to change alone.
 *
 * <p>A call that changes something never waits for memory here: it goes out between two attempts. So who waits to be
 * alone, and those behind him, wait for calls that end.
 */
final class CallGate {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final FreePath freePath;
    private volatile boolean isClosed;

    CallGate(FreePath freePath) {
        this.freePath = freePath;
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
        } else if (!lock.readLock().tryLock()) {
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
