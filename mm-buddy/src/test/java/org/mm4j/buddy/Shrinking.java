package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes a row of steps that shows a difference shorter, by leaving parts out as long as a difference remains. A step
 * whose block is no longer taken is refused by both sides, and so does no harm.
 */
final class Shrinking {
    private static final int RUNS_MAX = 400;

    private final BuddyConfig config;
    private int runs;

    Shrinking(BuddyConfig config) {
        this.config = config;
    }

    /** The steps that are left, one a line, and what differs. */
    String shorten(List<Step> steps) {
        List<Step> left = new ArrayList<>(steps);
        for (int part = left.size(); part > 0 && runs < RUNS_MAX; part /= 2) {
            for (int from = 0; from < left.size() && runs < RUNS_MAX; ) {
                List<Step> fewer = new ArrayList<>(left.subList(0, from));
                fewer.addAll(left.subList(Math.min(from + part, left.size()), left.size()));
                if (difference(fewer).isEmpty()) {
                    from += part;
                } else {
                    left = fewer;
                }
            }
        }
        StringBuilder text = new StringBuilder();
        left.forEach(step -> text.append("\n  ").append(step));
        return text.append("\n  -> ").append(difference(left)).append('\n').toString();
    }

    /** What differs; empty: nothing. */
    private String difference(List<Step> steps) {
        runs++;
        SideBySide both = new SideBySide(config);
        try {
            for (Step step : steps) {
                both.take(step);
            }
            both.compareCounts();
            both.compareLists();
            return "";
        } catch (AssertionError | RuntimeException difference) {
            return difference.toString();
        }
    }
}
