package org.mm4j.lab.replay;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Addresses, each used once. */
class NaiveVmaps implements VmapTarget {
    private final Map<Long, Long> live = new ConcurrentHashMap<>();
    private long next = 1L << 32;

    @Override
    public synchronized long reserve(long bytes, long align) {
        long start = (next + align - 1) & -align;
        next = start + bytes;
        live.put(start, bytes);
        return start;
    }

    @Override
    public long bytesAt(long address) {
        return live.getOrDefault(address, 0L);
    }

    @Override
    public void release(long address) {
        if (live.remove(address) == null) {
            throw new IllegalStateException(address + " is no area in use");
        }
    }

    @Override
    public void purge() {}

    @Override
    public long inUse() {
        return live.size();
    }
}
