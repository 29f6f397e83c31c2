package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.function.Consumer;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * Address ranges that were freed and flushed, kept for the next requests of the same length: a list for each length from 1
 * to {@value #PAGES_MAX} pages, first in, first out. Behind a lock of their own; nothing here allocates memory.
 *
 * <p>A range is kept as the area that it was.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_node-&gt;pool, node_pool_add_va(), node_pool_del_va(), decay_va_pool_node().
 */
final class RangePools {
    /** MAX_VA_SIZE_PAGES. */
    static final int PAGES_MAX = 256;

    /** A purge takes one of so many away. */
    private static final int DECAY_SHIFT = 2;

    private final SpinLock lock = new SpinLock(LockRank.VMAP_POOL);
    private final AreaList[] pools = new AreaList[PAGES_MAX];

    RangePools() {
        for (int i = 0; i < PAGES_MAX; i++) {
            pools[i] = new AreaList();
        }
    }

    /** Keeps the range of an area; false when it is too long. */
    boolean add(VmapArea area) {
        if (!isPooled(area.bytes())) {
            return false;
        }
        lock.lock();
        try {
            pool(area.bytes()).addLast(area);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes out a range.
     *
     * @return its address, or {@link FreeRanges#NONE} when there is none, or when the first one is not aligned; that one is
     *     last then
     */
    long poll(long bytes, long align) {
        if (!isPooled(bytes)) {
            return FreeRanges.NONE;
        }
        lock.lock();
        try {
            AreaList pool = pool(bytes);
            VmapArea first = pool.pollFirst();
            if (first == null) {
                return FreeRanges.NONE;
            }
            if ((first.start() & (align - 1)) != 0) {
                pool.addLast(first);
                return FreeRanges.NONE;
            }
            return first.start();
        } finally {
            lock.unlock();
        }
    }

    /** Moves a quarter of each pool, rounded down, or all of it, to the end of a list. */
    void decay(boolean isFull, AreaList to) {
        lock.lock();
        try {
            for (AreaList pool : pools) {
                to.takeFirst(pool, isFull ? pool.count() : pool.count() >> DECAY_SHIFT);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many ranges of a length are kept. */
    int count(int pages) {
        lock.lock();
        try {
            return pools[pages - 1].count();
        } finally {
            lock.unlock();
        }
    }

    /** Calls for each range that is kept, under the lock. */
    void forEach(Consumer<VmapArea> visitor) {
        lock.lock();
        try {
            for (AreaList pool : pools) {
                pool.forEach(visitor);
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isPooled(long bytes) {
        return bytes >>> PAGE_SHIFT <= PAGES_MAX;
    }

    private AreaList pool(long bytes) {
        return pools[(int) (bytes >>> PAGE_SHIFT) - 1];
    }
}
