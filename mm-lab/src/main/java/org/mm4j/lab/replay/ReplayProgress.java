package org.mm4j.lab.replay;

/** Whom a replay tells how far it is. */
@FunctionalInterface
public interface ReplayProgress {
    /** {@code done} of {@code total} steps are done. */
    void steps(int done, int total);

    /** All steps are done, no thread runs, and nothing that is live then was given back yet. */
    default void allDone() {}
}
