package org.mm4j.percpu;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;

/**
 * A thread that owns a slot of a gate is on that CPU; all others, virtual threads too, are where another source says. So as
 * long as there are no more threads than CPUs, no two share one, whatever the scheduler does; and asking costs two loads
 * and a store, where the host is asked by a call.
 *
 * <p>Any thread may ask. The slots of dead and idle threads are taken over. Nobody enters the gate, so it needs no barrier
 * of the host. In Linux: nothing; nearest to the {@code mm_cid} of rseq(2).
 */
public final class OwnedCpus implements CpuSource {
    private final OwnedGate gate;
    private final CpuSource others;

    /**
     * Of so many CPUs.
     *
     * @param others where threads are that own nothing
     */
    public OwnedCpus(int cpus, CpuSource others) {
        this.others = others;
        gate = new OwnedGate(cpus, others, AsymmetricBarrier.FENCES);
    }

    @Override
    public int cpu(int cpus) {
        int slot = gate.owned();
        return slot != SlotGate.NONE && slot < cpus ? slot : others.cpu(cpus);
    }
}
