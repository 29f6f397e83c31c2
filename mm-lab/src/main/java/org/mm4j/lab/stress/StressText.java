package org.mm4j.lab.stress;

import java.util.Locale;
import org.mm4j.lab.stress.StressResult.Row;

/** What a run of stress tests has shown, for a terminal. */
public final class StressText {
    private StressText() {}

    /** A row for each test, what speaks against each, and a line with the verdict. */
    public static String render(StressResult result) {
        StringBuilder text = new StringBuilder();
        text.append(row(result.machine(), "samples", "interesting", "forbidden", "twin"));
        for (Row row : result.tests()) {
            text.append(row(
                    "  " + row.name(),
                    row.hasRun() ? number(row.samples()) : "did not run",
                    number(row.interesting()),
                    number(row.forbidden()),
                    twin(row)));
        }
        for (Row row : result.tests()) {
            row.failures().forEach(failure -> text.append(row.name() + ": " + failure + System.lineSeparator()));
        }
        result.troubles().forEach(trouble -> text.append(trouble + System.lineSeparator()));
        if (result.testsCrowded() > 0) {
            text.append(crowded(result)).append(System.lineSeparator());
        }
        text.append(verdict(result)).append(System.lineSeparator());
        return text.toString();
    }

    /** Of the tests that had fewer CPUs than they ask for. */
    static String crowded(StressResult result) {
        return result.testsCrowded()
                + " tests have three actors, and this machine fewer CPUs: the actors shared them, and "
                + "met when one was preempted";
    }

    /** One sentence. */
    public static String verdict(StressResult result) {
        long bad = result.tests().stream().filter(row -> !row.isGood()).count();
        String ran = result.testsRun() == result.testsPlanned()
                ? "all " + result.testsPlanned() + " tests ran"
                : result.testsRun() + " of " + result.testsPlanned() + " tests ran";
        String what =
                result.isGood() ? "nothing forbidden was seen, and every broken twin was caught" : bad + " failed";
        return String.format(
                Locale.ROOT,
                "%s: %s in %.0f s, %s",
                result.isGood() ? "passed" : "FAILED",
                ran,
                result.seconds(),
                what);
    }

    /** As a cell has it. */
    static String twin(Row row) {
        return switch (row.twin()) {
            case NONE -> "-";
            case DID_NOT_RUN -> "did not run";
            case CAUGHT -> "caught";
            case NOT_CAUGHT -> "NOT CAUGHT";
        };
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String row(String name, String samples, String interesting, String forbidden, String twin) {
        return String.format(Locale.ROOT, "%-62s %12s %12s %10s  %s%n", name, samples, interesting, forbidden, twin);
    }
}
