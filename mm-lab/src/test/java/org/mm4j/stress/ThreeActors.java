package org.mm4j.stress;

import org.openjdk.jcstress.Main;

/** Stands for the one of the stress tests. */
public final class ThreeActors {
    private ThreeActors() {}

    /** As jcstress is called. */
    public static void main(String[] arguments) throws InterruptedException {
        Main.main(arguments);
    }
}
