package org.mm4j.lab.replay;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PerCpuCounts;
import org.mm4j.api.PerCpuLayout;
import org.mm4j.api.PerCpuStats;

/** The simplest percpu allocator: every area has a number that no other ever gets, and no memory. */
final class NaiveAreas implements PerCpuAllocator {
    private final Set<Long> live = new HashSet<>();
    private long allocations;

    @Override
    public int cpus() {
        return 2;
    }

    @Override
    public synchronized long allocPercpu(long size, long align, int gfp) {
        allocations++;
        live.add(allocations);
        return allocations;
    }

    @Override
    public long allocReservedPercpu(long size, long align) {
        return NONE;
    }

    @Override
    public synchronized void freePercpu(long handle) {
        if (!live.remove(handle)) {
            throw new IllegalArgumentException("area " + handle + " is not live");
        }
    }

    @Override
    public long address(long handle, int cpu) {
        throw new UnsupportedOperationException("there is no memory");
    }

    @Override
    public MemorySegment segment(long handle, int cpu, long size) {
        throw new UnsupportedOperationException("there is no memory");
    }

    @Override
    public synchronized PerCpuStats stats() {
        PerCpuLayout layout = new PerCpuLayout(32768, 0, 0, 32768, 4096, 65536);
        long now = live.size();
        PerCpuCounts counts = new PerCpuCounts(allocations, allocations - now, now, now, 1, 1, 4, 4);
        return new PerCpuStats(layout, counts, 0, 0, List.of());
    }
}
