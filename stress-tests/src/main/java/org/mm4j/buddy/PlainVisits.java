package org.mm4j.buddy;

/** A count as ZoneCounters has one for foreign visits, that is read and then written. */
final class PlainVisits {
    private int visits;

    void countForeign(int more) {
        int before = visits;
        Thread.onSpinWait();
        visits = before + more;
    }

    int visits() {
        return visits;
    }
}
