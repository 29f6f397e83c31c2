package org.mm4j.kernel;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.mm4j.memory.HostCpus;
import org.mm4j.percpu.OwnedCpus;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.SharedGate;
import org.mm4j.slab.Rcu;

/** Slots and grace periods, made of the best that the host has. */
final class HostSlots {
    private HostSlots() {}

    /** Where a thread is: on the CPU that it owns, or where the host says. */
    static CpuSource cpuSource(int cpus) {
        return new OwnedCpus(cpus, hostCpu());
    }

    private static CpuSource hostCpu() {
        return HostCpus.schedGetcpu().orElse(CpuSource.BY_THREAD);
    }

    /** Slots that threads own, where the host has a barrier that makes this cheap. */
    static SlotGate gate(int cpus) {
        CpuSource source = hostCpu();
        return HostCpus.membarrier()
                .<SlotGate>map(barrier -> new OwnedGate(cpus, source, barrier))
                .orElseGet(() -> new SharedGate(cpus, source));
    }

    /** With a thread, so that what is freed after a grace period comes back without anybody's help. */
    static Rcu rcu(int cpus) {
        return new Rcu(
                cpus,
                cpuSource(cpus),
                HostCpus.membarrier().orElse(AsymmetricBarrier.FENCES),
                Thread.ofPlatform().daemon().name("mm4j rcu").factory());
    }
}
