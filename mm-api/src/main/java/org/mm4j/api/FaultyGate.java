package org.mm4j.api;

/**
 * Slots that cannot be entered now and then, as if somebody were inside, in front of other ones. Who seizes a slot gets it.
 *
 * <p>In Linux 6.18: nothing; the trylocks of pcp-&gt;lock and of the slab's local_trylock() cannot be made to fail.
 *
 * @param gate what is behind it
 * @param faults which attempts fail
 */
public record FaultyGate(SlotGate gate, FaultInjection faults) implements SlotGate {
    @Override
    public int slots() {
        return gate.slots();
    }

    @Override
    public int enter() {
        return faults.shouldFail(1) ? NONE : gate.enter();
    }

    @Override
    public void leave(int slot) {
        gate.leave(slot);
    }

    @Override
    public void seize(int slot) {
        gate.seize(slot);
    }

    @Override
    public void release(int slot) {
        gate.release(slot);
    }

    @Override
    public String kind() {
        return gate.kind();
    }
}
