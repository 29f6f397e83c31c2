package org.mm4j.slab;

import org.mm4j.api.AsymmetricBarrier;

/** Fences that can be told to fail. */
final class FaultyBarrier implements AsymmetricBarrier {
    boolean lightFails;
    boolean heavyFails;

    /** What a faulty barrier throws. */
    static final class Fault extends RuntimeException {}

    @Override
    public void light() {
        FENCES.light();
        if (lightFails) {
            throw new Fault();
        }
    }

    @Override
    public void heavy() {
        FENCES.heavy();
        if (heavyFails) {
            throw new Fault();
        }
    }

    @Override
    public String kind() {
        return "faults";
    }
}
