package org.mm4j.api;

/**
 * Which CPU's slot the calling thread should use. Only a hint: the thread may be on another CPU the moment after, and
 * several threads may get the same answer.
 *
 * <p>In Linux 6.18: include/linux/smp.h, raw_smp_processor_id(). Differs: there is no way to stay on a CPU.
 */
@FunctionalInterface
public interface CpuSource {
    /** A number from 0 to {@code cpus} − 1. Any thread may ask, virtual ones too. */
    int cpu(int cpus);

    /** The thread's number modulo the CPUs: a thread always gets the same answer, and equal threads spread evenly. */
    CpuSource BY_THREAD = cpus -> (int) (Thread.currentThread().threadId() % cpus);

    /** Always CPU {@code cpu}, modulo the CPUs; for tests. */
    static CpuSource fixed(int cpu) {
        return cpus -> Math.floorMod(cpu, cpus);
    }
}
