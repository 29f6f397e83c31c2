package org.mm4j.api;

import java.lang.foreign.MemorySegment;

/**
 * A percpu allocator whose requests fail now and then, in front of another one.
 *
 * <p>In Linux 6.18: nothing; percpu allocations fail when those of pages do.
 *
 * @param percpu what is behind it
 * @param faults which requests fail
 */
public record FaultyPercpu(PerCpuAllocator percpu, FaultInjection faults) implements PerCpuAllocator {
    @Override
    public int cpus() {
        return percpu.cpus();
    }

    @Override
    public long allocPercpu(long size, long align, int gfp) {
        return faults.shouldFailAlloc(gfp, 0, size) ? NONE : percpu.allocPercpu(size, align, gfp);
    }

    @Override
    public long allocReservedPercpu(long size, long align) {
        return faults.shouldFailAlloc(Gfp.GFP_KERNEL, 0, size) ? NONE : percpu.allocReservedPercpu(size, align);
    }

    @Override
    public void freePercpu(long handle) {
        percpu.freePercpu(handle);
    }

    @Override
    public long address(long handle, int cpu) {
        return percpu.address(handle, cpu);
    }

    @Override
    public MemorySegment segment(long handle, int cpu, long size) {
        return percpu.segment(handle, cpu, size);
    }

    @Override
    public PerCpuStats stats() {
        return percpu.stats();
    }
}
