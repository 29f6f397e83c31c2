package org.mm4j.slab;

import java.util.function.BooleanSupplier;
import org.mm4j.api.SlotGate;

/** A gate that nobody may enter now and then; whoever drains its slots may. */
final class FaultyGate implements SlotGate {
    private final SlotGate gate;
    private final BooleanSupplier fails;

    FaultyGate(SlotGate gate, BooleanSupplier fails) {
        this.gate = gate;
        this.fails = fails;
    }

    @Override
    public int slots() {
        return gate.slots();
    }

    @Override
    public int enter() {
        return fails.getAsBoolean() ? NONE : gate.enter();
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
        return "faulty " + gate.kind();
    }
}
