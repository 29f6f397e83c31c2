package org.mm4j.lab;

import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;

/**
 * What a command finds around it; tests put something else there.
 *
 * @param in standard input
 * @param out where results go
 * @param err where errors and progress go
 * @param isTerminal whether a person looks at {@code err}
 * @param isOutTerminal whether a person looks at {@code out}
 * @param kernels boots kernels
 * @param measureFor how long a replay is repeated to measure its speed
 */
record Surroundings(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean isTerminal,
        boolean isOutTerminal,
        TargetFactory kernels,
        Duration measureFor) {
    /** Those of this process. */
    static Surroundings ofProcess() {
        return new Surroundings(
                System.in,
                System.out,
                System.err,
                Terminals.isStandardErrorOne(),
                Terminals.isStandardOutputOne(),
                Kernels.forReplay(),
                Duration.ofMillis(800));
    }
}
