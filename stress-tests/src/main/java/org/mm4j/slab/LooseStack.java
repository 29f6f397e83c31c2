package org.mm4j.slab;

import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.stress.Pause;

/**
 * The freelist of a CPU as CpuSlabEngine has it, of four objects, but its word has the head only: the tid that would tell
 * a head that came back from one that stayed is left out.
 */
final class LooseStack {
    private static final int OBJECTS = 4;

    private final int[] next = {0, 2, 3, 4, 0};
    private final AtomicLong head = new AtomicLong(1);

    /** Takes an object, or returns 0; dawdles between reading the link and the compare-and-set. */
    int takeSlowly(int spins) {
        while (true) {
            long first = head.get();
            if (first == 0) {
                return 0;
            }
            int second = next[(int) first];
            Pause.spins(spins);
            if (head.compareAndSet(first, second)) {
                return (int) first;
            }
        }
    }

    /** Takes an object, or returns 0. */
    int take() {
        return takeSlowly(0);
    }

    void free(int object) {
        while (true) {
            long first = head.get();
            next[object] = (int) first;
            if (head.compareAndSet(first, object)) {
                return;
            }
        }
    }

    /** How often an object is on the list or is one of those that somebody has; more than once is too often. */
    int mostOwners(int... taken) {
        int[] owners = new int[OBJECTS + 1];
        int most = 0;
        for (int object : taken) {
            most = Math.max(most, object == 0 ? 0 : ++owners[object]);
        }
        int steps = 0;
        for (int object = (int) head.get(); object != 0 && steps < OBJECTS; object = next[object], steps++) {
            most = Math.max(most, ++owners[object]);
        }
        return most;
    }
}
