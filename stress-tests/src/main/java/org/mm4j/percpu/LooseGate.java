package org.mm4j.percpu;

import org.mm4j.api.CpuSource;

/** A SharedGate of one slot with its heart taken out: who enters looks whether the slot is free, and then enters. */
final class LooseGate {
    private final SharedGate gate = new SharedGate(1, CpuSource.fixed(0));
    private int inside;

    /** Looks by entering and leaving; the entry that counts may fail, and nobody asks. */
    boolean tryEnter() {
        if (!gate.tryEnter(0)) {
            return false;
        }
        gate.leave(0);
        inside += gate.tryEnter(0) ? 1 : 0;
        return true;
    }

    /** Leaves if anybody is inside for sure. */
    void leave() {
        if (inside > 0) {
            inside--;
            gate.leave(0);
        }
    }
}
