package org.mm4j.memory;

/** Runs of frames with consecutive numbers within a list of frames. */
final class FrameRuns {
    private FrameRuns() {}

    /** Where the run that begins at {@code from} ends. */
    static int end(long[] pfns, int from, int count) {
        int at = from + 1;
        while (at < count && pfns[at] == pfns[at - 1] + 1) {
            at++;
        }
        return at;
    }

    /** How many runs there are. */
    static int count(long[] pfns, int count) {
        int runs = 0;
        for (int at = 0; at < count; at = end(pfns, at, count)) {
            runs++;
        }
        return runs;
    }
}
