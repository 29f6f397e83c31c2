package org.mm4j.bench;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostCpus;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.SharedGate;

/** What stands in front of the zone. */
public enum Cache {
    /** Nothing: every request takes the zone lock. */
    NONE,
    /** Slots that threads share. */
    SHARED,
    /** Slots that threads own; a fence at each entry. */
    OWNED_BY_FENCES,
    /** Slots that threads own; what Kernel boots with where the host can do it. */
    OWNED_BY_MEMBARRIER;

    private static final int CPUS = Runtime.getRuntime().availableProcessors();

    /** One zone of so many frames, all free. */
    BuddyAllocator pages(long frames) {
        BuddyConfig config = BuddyConfig.ofFrames(frames);
        return new BuddyAllocator(this == NONE ? config : config.withPageCaches(PerCpuPages.maker(gate(), CPUS)));
    }

    private SlotGate gate() {
        CpuSource source = HostCpus.schedGetcpu().orElse(CpuSource.BY_THREAD);
        return switch (this) {
            case NONE -> throw new IllegalStateException("no cache has no gate");
            case SHARED -> new SharedGate(CPUS, source);
            case OWNED_BY_FENCES -> new OwnedGate(CPUS, source, AsymmetricBarrier.FENCES);
            case OWNED_BY_MEMBARRIER ->
                new OwnedGate(CPUS, source, HostCpus.membarrier().orElseThrow());
        };
    }
}
