package org.mm4j.kernel;

import org.mm4j.api.CpuSource;
import org.mm4j.memory.HostCpus;

/**
 * How threads find the CPU whose slots they use.
 *
 * <p>In Linux 6.18: nothing; smp_processor_id() knows the CPU, and code that uses its slots keeps others off it by
 * local_lock().
 *
 * @param source which CPU a thread is on
 * @param ownsSlots whether threads own the slots of page caches and of slab engines, where the host has the barrier that
 *     this needs; otherwise each use is a try-lock
 * @param hasWorkers whether grace periods have a thread of their own. Without it nothing happens by itself: what waits for a
 *     grace period is freed when somebody calls
 */
public record CpuOptions(CpuSource source, boolean ownsSlots, boolean hasWorkers) {
    /** The same CPU for every thread, and nothing that happens by itself: a run of one thread is repeatable. */
    public static final CpuOptions FIXED = new CpuOptions(CpuSource.fixed(0), false, false);

    /** The best that the host has: the CPU that it says, and owned slots. */
    public static CpuOptions ofHost() {
        return new CpuOptions(HostCpus.schedGetcpu().orElse(CpuSource.BY_THREAD), true, true);
    }

    /** The same with another way to tell the CPU. */
    public CpuOptions withSource(CpuSource next) {
        return new CpuOptions(next, ownsSlots, hasWorkers);
    }

    /** The same with owned slots, or shared ones. */
    public CpuOptions withOwnedSlots(boolean next) {
        return new CpuOptions(source, next, hasWorkers);
    }

    /** The same with threads of the kernel's own, or without. */
    public CpuOptions withWorkers(boolean next) {
        return new CpuOptions(source, ownsSlots, next);
    }
}
