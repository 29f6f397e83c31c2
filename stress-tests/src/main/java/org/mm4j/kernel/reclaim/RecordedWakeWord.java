package org.mm4j.kernel.reclaim;

/** A word whose worker notes that it would sleep now, and whose asker notes that it would wake it. */
class RecordedWakeWord extends WakeWord {
    boolean parked;
    boolean unparked;

    RecordedWakeWord() {}

    @Override
    void park(long nanos) {
        parked = true;
    }

    /** Who has parked sleeps on. */
    @Override
    void setAsleepVolatile(boolean next) {
        if (next || !parked) {
            super.setAsleepVolatile(next);
        }
    }

    @Override
    void unpark(Thread worker) {
        unparked = true;
    }
}
