package org.mm4j.slab;

import java.util.List;
import java.util.stream.Stream;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.memory.HostCpus;

/** The barriers that tests of grace periods run with. */
record BarrierKind(AsymmetricBarrier barrier) {
    /** Fences, and a membarrier where the host has one. */
    static List<BarrierKind> present() {
        return Stream.concat(Stream.of(AsymmetricBarrier.FENCES), HostCpus.membarrier().stream())
                .map(BarrierKind::new)
                .toList();
    }

    @Override
    public String toString() {
        return barrier.kind();
    }
}
