package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PerCpuStats;

/** Per-CPU memory of one CPU, for one counter: a Java array. */
final class OneCpu implements PerCpuAllocator {
    private final MemorySegment word = MemorySegment.ofArray(new int[1]);

    @Override
    public int cpus() {
        return 1;
    }

    @Override
    public long allocPercpu(long size, long align, int gfp) {
        return 8;
    }

    @Override
    public long allocReservedPercpu(long size, long align) {
        return NONE;
    }

    @Override
    public void freePercpu(long handle) {
        // nothing to give back
    }

    @Override
    public long address(long handle, int cpu) {
        throw new UnsupportedOperationException("memory of Java has no address");
    }

    @Override
    public MemorySegment segment(long handle, int cpu, long size) {
        return word;
    }

    @Override
    public PerCpuStats stats() {
        throw new UnsupportedOperationException("a counter does not ask");
    }
}
