package org.mm4j.lab.stress;

import org.mm4j.lab.stress.SoakResult.Faults;
import org.mm4j.lab.stress.SoakResult.Round;

/** What a soak has shown, as one page that needs nothing else. */
public final class SoakHtml {
    private SoakHtml() {}

    /** The page. */
    public static String render(SoakResult result) {
        StringBuilder text = new StringBuilder(StressHtml.head("Soak"));
        text.append("<p class=\"" + (result.isGood() ? "good" : "bad") + "\">"
                + StressHtml.escaped(SoakText.verdict(result)) + "</p>\n<p>" + StressHtml.escaped(result.machine())
                + "</p>\n");
        result.troubles().forEach(trouble -> text.append("<p class=\"bad\">" + StressHtml.escaped(trouble) + "</p>\n"));
        if (!result.faults().isEmpty()) {
            text.append("<h2>Injected: " + StressHtml.escaped(result.inject()) + "</h2>\n<table><tr><th>point</th>"
                    + "<th>rate</th><th>calls</th><th>faults</th><th>seen by callers</th>"
                    + "<th>absorbed</th><th>of the kernel's own threads</th><th>absorbed by</th><th>sites</th></tr>\n");
            result.faults().forEach(each -> append(text, each));
            text.append("</table>\n");
        }
        text.append("<h2>Kernels</h2>\n<table><tr><th>engine</th><th>seed</th><th>steps</th><th>threads</th>"
                + "<th>failures</th><th>validations</th></tr>\n");
        result.rounds().forEach(each -> append(text, each));
        return text.append("</table></html>\n").toString();
    }

    private static void append(StringBuilder text, Faults each) {
        text.append("<tr><td>" + StressHtml.escaped(each.point()) + "<td>" + StressHtml.escaped(each.rate()));
        cells(text, each.calls(), each.faults(), each.seen(), each.absorbed(), each.own());
        text.append("<td>" + StressHtml.escaped(each.fallback()) + "<td>"
                + StressHtml.escaped(String.join(", ", each.sites())) + "\n");
    }

    private static void append(StringBuilder text, Round round) {
        text.append("<tr><td>" + StressHtml.escaped(round.engine()) + "<td class=\"n\">" + round.seed());
        cells(text, round.steps(), round.threads(), round.failures(), round.validations());
    }

    private static void cells(StringBuilder text, long... numbers) {
        for (long number : numbers) {
            text.append("<td class=\"n\">" + StressText.number(number));
        }
        text.append("\n");
    }
}
