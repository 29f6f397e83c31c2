package org.mm4j.vmalloc;

import java.util.List;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The free addresses of vmalloc, for many threads: {@link FreeRanges} behind a lock.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, free_vmap_area_root and free_vmap_area_lock; reclaim_list_global().
 */
final class AddressSpace {
    private final SpinLock lock = new SpinLock(LockRank.FREE_VMAP_AREA);
    private final FreeRanges ranges;
    private final long start;
    private final long end;

    AddressSpace(long start, long end) {
        ranges = new FreeRanges(start, end);
        this.start = start;
        this.end = end;
    }

    FreeRanges ranges() {
        return ranges;
    }

    long start() {
        return start;
    }

    long end() {
        return end;
    }

    /** See {@link FreeRanges#allocate}. */
    long allocate(long bytes, long align, long from, long until) {
        lock.lock();
        try {
            return ranges.allocate(bytes, align, from, until);
        } finally {
            lock.unlock();
        }
    }

    /** Gives one range back. Allocates no memory. */
    void free(long from, long until) {
        lock.lock();
        try {
            ranges.free(from, until, 1);
        } finally {
            lock.unlock();
        }
    }

    /** Gives the ranges of all areas of a list back, and empties it. Allocates no memory. */
    void freeAll(AreaList areas) {
        if (areas.count() == 0) {
            return;
        }
        areas.sort(); // outside the lock; neighbours go back as one
        lock.lock();
        try {
            for (VmapArea area = areas.pollFirst(); area != null; area = areas.pollFirst()) {
                freeRun(area, areas);
            }
        } finally {
            lock.unlock();
        }
    }

    /** An area, and those at the head of the list that follow it without a gap. */
    private void freeRun(VmapArea first, AreaList rest) {
        long until = first.end();
        int merged = 1;
        VmapArea next = rest.first();
        while (next != null && next.start() == until) {
            until = next.end();
            merged++;
            rest.pollFirst();
            next = rest.first();
        }
        ranges.free(first.start(), until, merged);
    }

    /** The free bytes, the length of the longest gap, and how many gaps there are. Exact at one moment. */
    Gaps gaps() {
        lock.lock();
        try {
            return new Gaps(ranges.bytesFree(), ranges.bytesLargestGap(), ranges.gaps(), ranges.rangesTaken());
        } finally {
            lock.unlock();
        }
    }

    /** What is broken, one sentence each. */
    List<String> validate() {
        lock.lock();
        try {
            return ranges.validate();
        } finally {
            lock.unlock();
        }
    }

    void forEachGap(FreeRanges.GapVisitor visitor) {
        lock.lock();
        try {
            ranges.forEach(visitor);
        } finally {
            lock.unlock();
        }
    }

    /** The gaps at one moment. */
    record Gaps(long bytesFree, long bytesLargest, int count, int rangesTaken) {}
}
