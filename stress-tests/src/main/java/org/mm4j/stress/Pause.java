package org.mm4j.stress;

/** A moment in which the other actor comes to the place that matters. */
public final class Pause {
    private Pause() {}

    /** Spins so many times: 50 are long enough for another CPU to take a lock and to give it back. */
    public static void spins(int spins) {
        for (int spin = 0; spin < spins; spin++) {
            Thread.onSpinWait();
        }
    }
}
