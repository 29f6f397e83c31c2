package org.mm4j.kernel.reclaim;

/** A word where falling asleep is a plain store, which may come after the look at the word. */
final class PlainWakeWord extends RecordedWakeWord {
    private boolean plainAsleep;

    PlainWakeWord() {}

    @Override
    boolean asleepVolatile() {
        return plainAsleep;
    }

    @Override
    void setAsleepVolatile(boolean next) {
        plainAsleep = plainAsleep || next; // the end of the sleep is of no interest here
    }
}
