package org.mm4j.api;

/**
 * A SpinLock with its heart taken out: acquiring looks whether the lock is free and then sets it, in two steps. The
 * set is a compare-and-set all the same, only that nobody asks how it ended.
 */
final class CheckThenSetLock {
    private final SpinLock lock;

    CheckThenSetLock(LockRank rank) {
        lock = new SpinLock(rank);
    }

    void lock() {
        while (lock.isLocked()) {
            Thread.onSpinWait();
        }
        lock.tryLock(); // the answer is dropped: that is the whole difference
    }

    boolean tryLock() {
        if (lock.isLocked()) {
            return false;
        }
        lock.tryLock(); // and here
        return true;
    }

    void unlock() {
        lock.unlock();
    }
}
