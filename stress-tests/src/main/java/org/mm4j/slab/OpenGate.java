package org.mm4j.slab;

import org.mm4j.api.SlotGate;

/** A gate of one slot that stands open: everybody is let in, whoever is inside already. */
final class OpenGate implements SlotGate {
    @Override
    public int slots() {
        return 1;
    }

    @Override
    public int enter() {
        return 0;
    }

    @Override
    public void leave(int slot) {}

    @Override
    public void seize(int slot) {}

    @Override
    public void release(int slot) {}

    @Override
    public String kind() {
        return "open";
    }
}
