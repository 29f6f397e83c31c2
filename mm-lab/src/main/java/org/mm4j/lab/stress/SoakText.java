package org.mm4j.lab.stress;

import java.util.Locale;
import org.mm4j.lab.stress.SoakResult.Faults;

/** What a soak has shown, for a terminal. Its rounds were told while they ran. */
public final class SoakText {
    private SoakText() {}

    /** What was made to fail, what speaks against the run, and a line with the verdict. */
    public static String render(SoakResult result) {
        StringBuilder text = new StringBuilder();
        if (!result.faults().isEmpty()) {
            text.append(
                    row("injected " + result.inject(), "calls", "faults", "seen", "absorbed", "own", "absorbed by"));
            for (Faults each : result.faults()) {
                text.append(row(
                        "  " + each.point(),
                        StressText.number(each.calls()),
                        StressText.number(each.faults()),
                        StressText.number(each.seen()),
                        StressText.number(each.absorbed()),
                        StressText.number(each.own()),
                        each.fallback()));
            }
        }
        result.troubles().forEach(trouble -> text.append(trouble + System.lineSeparator()));
        return text.append(verdict(result)).append(System.lineSeparator()).toString();
    }

    /** One sentence. */
    public static String verdict(SoakResult result) {
        long steps = result.rounds().stream().mapToLong(SoakResult.Round::steps).sum();
        return String.format(
                Locale.ROOT,
                "%s: %,d steps in %d kernels and %.0f s%s",
                result.isGood() ? "passed" : "FAILED",
                steps,
                result.rounds().size(),
                result.seconds(),
                result.isGood() ? ", every block had one owner, and everything came back" : "");
    }

    private static String row(
            String point, String calls, String faults, String seen, String absorbed, String own, String fallback) {
        String row = String.format(
                Locale.ROOT, "%-26s %13s %9s %9s %9s %6s  %s", point, calls, faults, seen, absorbed, own, fallback);
        return row.stripTrailing() + System.lineSeparator();
    }
}
