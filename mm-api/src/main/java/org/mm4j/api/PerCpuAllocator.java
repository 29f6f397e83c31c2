package org.mm4j.api;

import java.lang.foreign.MemorySegment;

/**
 * An allocator of variables of which every CPU has a copy of its own.
 *
 * <p>An allocation is named by a <em>handle</em>, valid for every CPU; {@link #address} tells where a CPU's copy is. A
 * handle plus n names the copies' n-th byte. The copies are zeroed.
 *
 * <p>Any thread may call any method. A request that may block, by its flags, may take pages; another one is served
 * from pages that are there already. Giving back never fails for want of memory.
 *
 * <p>In Linux 6.18: include/linux/percpu.h. Differs: the {@code __percpu} pointer is a packed number, and what it points
 * to is not reached by adding a CPU's offset to it.
 */
public interface PerCpuAllocator {
    /** What allocations return when they fail. */
    long NONE = 0;

    /** How many CPUs there are: they are numbered from 0. */
    int cpus();

    /** {@link #allocPercpu(long, long, int)} for callers who can wait. In Linux: __alloc_percpu(). */
    default long allocPercpu(long size, long align) {
        return allocPercpu(size, align, Gfp.GFP_KERNEL);
    }

    /**
     * Takes {@code size} zeroed bytes for every CPU. In Linux: __alloc_percpu_gfp().
     *
     * @param size 1 to 32768; rounded up to a multiple of 4
     * @param align a power of two up to 4096; less than 4 means 4
     * @param gfp flags of {@link Gfp}
     * @return the handle, or {@link #NONE}; the log tells why unless {@link Gfp#__GFP_NOWARN} is set
     */
    long allocPercpu(long size, long align, int gfp);

    /**
     * The same from the part of the first units that is kept for such requests, if there is such a part. In Linux:
     * __alloc_reserved_percpu().
     *
     * @return the handle, or {@link #NONE}, also when there is no such part
     */
    long allocReservedPercpu(long size, long align);

    /**
     * Gives an allocation back; {@link #NONE} is nothing to give back. What is given back already is left alone, and the
     * log tells it once. In Linux: free_percpu().
     *
     * @throws IllegalArgumentException when no allocation ever began there
     */
    void freePercpu(long handle);

    /**
     * Where a CPU's copy is. In Linux: per_cpu_ptr().
     *
     * @throws IllegalArgumentException when the handle is in no chunk, or there is no such CPU
     */
    long address(long handle, int cpu);

    /**
     * A CPU's copy as a segment of {@code size} bytes. It can be read and written as long as there is memory; whoever
     * gives an allocation back stops using its segments.
     *
     * @throws IllegalArgumentException when the bytes are not all in one allocation, or there is no such CPU
     */
    MemorySegment segment(long handle, int cpu, long size);

    /** Everything that can be counted, at this moment. */
    PerCpuStats stats();
}
