package org.mm4j.percpu;

import java.lang.invoke.VarHandle;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.memory.HostCpus;

/** The barriers that the tests run with, and broken ones for their twins. */
final class Barriers {
    /** That of the host; where it has none, fences. */
    static final AsymmetricBarrier MEMBARRIER = HostCpus.membarrier().orElse(AsymmetricBarrier.FENCES);

    /** No barrier at all. */
    static final AsymmetricBarrier NONE = new AsymmetricBarrier() {
        @Override
        public void light() {}

        @Override
        public void heavy() {}

        @Override
        public String kind() {
            return "none";
        }
    };

    /** The light side of a membarrier, and a heavy side that fences its own thread only. */
    static final AsymmetricBarrier MEMBARRIER_WITHOUT_CALL = new AsymmetricBarrier() {
        @Override
        public void light() {
            VarHandle.releaseFence();
            VarHandle.acquireFence();
        }

        @Override
        public void heavy() {
            VarHandle.fullFence();
        }

        @Override
        public String kind() {
            return "membarrier without call";
        }
    };

    private Barriers() {}
}
