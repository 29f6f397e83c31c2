package org.mm4j.kernel;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.SlotGate;
import org.mm4j.memory.HostCpus;
import org.mm4j.percpu.OwnedCpus;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.SharedGate;
import org.mm4j.slab.Rcu;

/** Slots and grace periods of one kernel, as its options say and its host allows. */
record CpuSlots(int cpus, CpuOptions options) {
    static CpuSlots of(KernelConfig config) {
        return new CpuSlots(Math.max(1, config.cpus()), config.cpuOptions());
    }

    /** Where a thread is: on the CPU that it owns, or where the options say. */
    CpuSource source() {
        return options.ownsSlots() ? new OwnedCpus(cpus, options.source()) : options.source();
    }

    /** New slots, owned by threads where that is wanted and the host has a barrier that makes it cheap. */
    SlotGate gate() {
        return HostCpus.membarrier()
                .filter(_ -> options.ownsSlots())
                .<SlotGate>map(barrier -> new OwnedGate(cpus, options.source(), barrier))
                .orElseGet(() -> new SharedGate(cpus, options.source()));
    }

    /** Grace periods; with a thread, what is freed after one comes back without anybody's help. */
    Rcu rcu(@Nullable FaultInjection trylock) {
        AsymmetricBarrier barrier = HostCpus.membarrier().orElse(AsymmetricBarrier.FENCES);
        ThreadFactory threads = options.hasWorkers()
                ? Thread.ofPlatform().daemon().name("mm4j rcu").factory()
                : null;
        return new Rcu(cpus, source(), barrier, threads, trylock);
    }
}
