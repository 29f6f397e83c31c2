package org.mm4j.percpu;

import org.mm4j.api.LockRank;
import org.mm4j.api.PageZone;
import org.mm4j.api.SpinLock;

/** A zone of two single frames, both in use at first, which counts how often each is freed. */
final class FreedBlocks implements PageZone {
    private static final int UNMOVABLE = 0;

    private final SpinLock lock = new SpinLock(LockRank.ZONE);
    private final int[] timesFreed = new int[2];

    @Override
    public void lock() {
        lock.lock();
    }

    @Override
    public void unlock() {
        lock.unlock();
    }

    @Override
    public int takeLocked(int order, int type, int flags, boolean isFirst, int slot) {
        return NONE;
    }

    @Override
    public long pfn(int frame) {
        return frame;
    }

    @Override
    public void freeLocked(int frame, int order, int slot) {
        timesFreed[frame]++;
    }

    /** Frees a block that no cache took. */
    void free(int frame) {
        lock();
        timesFreed[frame]++;
        unlock();
    }

    /** To be asked when nobody frees any more. */
    int timesFreed(int frame) {
        return timesFreed[frame];
    }

    @Override
    public int typeToCache(int frame) {
        return UNMOVABLE;
    }

    @Override
    public boolean claim(int frame, int order, int slot) {
        return true;
    }

    @Override
    public void handOut(int frame, int slot, long wanted) {
        // nobody asks whose it is
    }

    @Override
    public boolean isBelowHigh() {
        return false;
    }

    @Override
    public boolean isReclaimActive() {
        return false;
    }

    @Override
    public void blocksCameBack() {
        // there are no marks
    }
}
