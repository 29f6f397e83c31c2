package org.mm4j.slab;

import org.mm4j.stress.Pause;

/** Counts how often it ran, plainly and slowly. */
final class CountingCallback extends RcuCallback {
    private final int[] count;

    CountingCallback(int[] count) {
        this.count = count;
    }

    @Override
    protected void afterGracePeriod() {
        int before = count[0];
        Pause.spins(5);
        count[0] = before + 1;
    }
}
