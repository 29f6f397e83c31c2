package org.mm4j.lab.stress;

import java.util.Locale;

/** Every outcome of a test, as it stands in the comment above the test in its source. */
public final class OutcomeTable {
    /** The column in which the results end. */
    private static final int RESULT_END = 45;

    private OutcomeTable() {}

    /** On which machine it was made. */
    public static String head() {
        return row(StressTests.machine(), "RESULT", "SAMPLES", "FREQ", "EXPECT");
    }

    /** A row for each outcome. */
    public static String of(TestOutcomes seen) {
        long total = Math.max(1, seen.samples());
        StringBuilder text = new StringBuilder();
        for (Outcome outcome : seen.outcomes()) {
            text.append(row(
                    text.isEmpty() ? "  " + seen.test().substring(seen.test().lastIndexOf('.') + 1) : "",
                    outcome.result(),
                    String.format(Locale.ROOT, "%,d", outcome.samples()),
                    String.format(Locale.ROOT, "%.4f%%", 100.0 * outcome.samples() / total),
                    outcome.grade().toString().toLowerCase(Locale.ROOT)));
        }
        return text.toString();
    }

    /** A long result takes from the room of the name. */
    private static String row(String name, String result, String samples, String share, String expect) {
        String gap = " ".repeat(Math.max(1, RESULT_END - name.length() - result.length()));
        return String.format(Locale.ROOT, "%s%s%s %12s %10s  %s%n", name, gap, result, samples, share, expect);
    }
}
