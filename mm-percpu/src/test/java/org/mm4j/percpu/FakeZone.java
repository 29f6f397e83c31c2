package org.mm4j.percpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageZone;
import org.mm4j.contract.AllocatedBytes;

/** A zone that hands out frames 1000, 1001, … and writes down what a cache does with it. */
final class FakeZone implements PageZone {
    int framesLeft = Integer.MAX_VALUE;
    int nextFrame = 1000;
    boolean isBelowHigh;
    boolean isReclaimActive;
    boolean takingFails;

    /** Frames that are not in use: they were freed twice. */
    final Set<Integer> refused = new HashSet<>();

    final Map<Integer, Integer> types = new HashMap<>();

    int locks;
    int cameBack;
    boolean isLocked;
    long bytesAtClaim;
    final List<Integer> claimed = new ArrayList<>();
    final List<Integer> freed = new ArrayList<>();

    /** How many frames were freed under each hold of the lock. */
    final List<Integer> freedByHold = new ArrayList<>();

    private int freedUnderLock;

    /** What is thrown when taking fails. */
    static final class Fault extends RuntimeException {}

    @Override
    public void lock() {
        assert !isLocked;
        isLocked = true;
        locks++;
        freedUnderLock = 0;
    }

    @Override
    public void unlock() {
        assert isLocked;
        isLocked = false;
        if (freedUnderLock > 0) {
            freedByHold.add(freedUnderLock);
        }
    }

    @Override
    public int takeLocked(int order, int type, int flags, boolean isFirst, int slot) {
        assert isLocked;
        if (takingFails) {
            throw new Fault();
        }
        if (framesLeft < 1 << order) {
            return NONE;
        }
        framesLeft -= 1 << order;
        int frame = nextFrame;
        nextFrame += 1 << order;
        return frame;
    }

    @Override
    public void freeLocked(int frame, int order, int slot) {
        assert isLocked;
        freed.add(frame);
        freedUnderLock += 1 << order;
    }

    @Override
    public int typeToCache(int frame) {
        return types.getOrDefault(frame, MigrateType.MOVABLE.ordinal());
    }

    @Override
    public boolean claim(int frame, int order, int slot) {
        if (refused.contains(frame)) {
            return false;
        }
        claimed.add(frame);
        bytesAtClaim = AllocatedBytes.now();
        return true;
    }

    @Override
    public void handOut(int frame, int slot, long wanted) {
        assert frame >= 0;
    }

    @Override
    public long pfn(int frame) {
        return frame;
    }

    @Override
    public boolean isBelowHigh() {
        return isBelowHigh;
    }

    @Override
    public boolean isReclaimActive() {
        return isReclaimActive;
    }

    @Override
    public void blocksCameBack() {
        cameBack++;
    }
}
