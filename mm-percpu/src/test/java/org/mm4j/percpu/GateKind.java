package org.mm4j.percpu;

import java.util.List;
import java.util.stream.Stream;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.mm4j.memory.HostCpus;

/** The gates that tests run with. */
enum GateKind {
    SHARED {
        @Override
        SlotGate gate(int slots, CpuSource cpus) {
            return new SharedGate(slots, cpus);
        }
    },
    OWNED_BY_FENCES {
        @Override
        SlotGate gate(int slots, CpuSource cpus) {
            return new OwnedGate(slots, cpus, AsymmetricBarrier.FENCES);
        }
    },
    OWNED_BY_MEMBARRIER {
        @Override
        SlotGate gate(int slots, CpuSource cpus) {
            return new OwnedGate(slots, cpus, HostCpus.membarrier().orElseThrow());
        }
    };

    abstract SlotGate gate(int slots, CpuSource cpus);

    SlotGate gate(int slots) {
        return gate(slots, CpuSource.BY_THREAD);
    }

    /** All that this host has. */
    static List<GateKind> present() {
        return Stream.of(values())
                .filter(kind ->
                        kind != OWNED_BY_MEMBARRIER || HostCpus.membarrier().isPresent())
                .toList();
    }

    static List<GateKind> owned() {
        return present().stream().filter(kind -> kind != SHARED).toList();
    }
}
