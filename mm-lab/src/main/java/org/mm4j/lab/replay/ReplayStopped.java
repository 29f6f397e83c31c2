package org.mm4j.lab.replay;

/** Ends a waiting thread because another one has failed. */
final class ReplayStopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplayStopped() {
        super("another thread of the replay has failed", null, false, false);
    }
}
