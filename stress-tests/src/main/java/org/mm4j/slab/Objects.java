package org.mm4j.slab;

import org.mm4j.stress.Pause;

/** Two objects, of which readers find one; the writer replaces the first by the second and frees the first. */
final class Objects {
    /** What is in an object that was freed. */
    static final int FREED = -1;

    /** How often the writer tries to end a grace period before it gives up: a broken count may never be 0. */
    private static final int ATTEMPTS = 20_000;

    final GracePeriods periods;
    private int current;
    private final int[] contents = {1, 2};

    Objects(GracePeriods periods) {
        this.periods = periods;
    }

    /** Inside of a section: what is in the object that is found, seen some time later. */
    int find(int nap) {
        int found = current;
        Pause.spins(nap);
        return contents[found];
    }

    /** Unlinks the first object, waits, frees it. */
    void replace() {
        current = 1;
        if (pass()) {
            contents[0] = FREED;
        }
    }

    /** A grace period; false when it did not end. */
    boolean pass() {
        long state = periods.state();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (periods.tryAdvance(state)) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }
}
