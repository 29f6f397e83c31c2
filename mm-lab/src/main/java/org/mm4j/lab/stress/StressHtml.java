package org.mm4j.lab.stress;

import org.mm4j.lab.stress.StressResult.Row;
import org.mm4j.lab.stress.StressResult.Twin;

/** What a run of stress tests has shown, as one page that needs nothing else. */
public final class StressHtml {
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% }
            th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #8884 }
            td.n { text-align: right; font-variant-numeric: tabular-nums }
            .bad { color: #c22; font-weight: 600 } .good { color: #282 }
            @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } }
            """;

    private StressHtml() {}

    /** The page. */
    public static String render(StressResult result) {
        StringBuilder text = new StringBuilder(head("Stress tests"));
        text.append("<p class=\"" + (result.isGood() ? "good" : "bad") + "\">" + escaped(StressText.verdict(result))
                + "</p>\n<p>" + escaped(result.machine()) + ", mode " + escaped(result.mode()) + "</p>\n");
        if (result.testsCrowded() > 0) {
            text.append("<p>" + escaped(StressText.crowded(result)) + "</p>\n");
        }
        result.troubles().forEach(trouble -> text.append("<p class=\"bad\">" + escaped(trouble) + "</p>\n"));
        text.append(
                "<table><tr><th>test</th><th>samples</th><th>interesting</th><th>forbidden</th><th>twin</th></tr>\n");
        result.tests().forEach(row -> append(text, row));
        return text.append("</table></html>\n").toString();
    }

    private static void append(StringBuilder text, Row row) {
        text.append("<tr><td>" + escaped(row.name()))
                .append(number(row.hasRun() ? StressText.number(row.samples()) : "did not run", !row.hasRun()))
                .append(number(StressText.number(row.interesting()), false))
                .append(number(StressText.number(row.forbidden()), row.forbidden() > 0))
                .append("<td class=\"" + (row.twin() == Twin.CAUGHT ? "good" : row.twin() == Twin.NONE ? "" : "bad")
                        + "\">" + StressText.twin(row) + "\n");
        row.failures()
                .forEach(failure -> text.append("<tr><td colspan=\"5\" class=\"bad\">" + escaped(failure) + "\n"));
    }

    private static String number(String number, boolean isBad) {
        return "<td class=\"n" + (isBad ? " bad" : "") + "\">" + number;
    }

    /** The beginning of a page, with its title. */
    static String head(String title) {
        return "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<title>mm stress</title>\n<style>\n"
                + STYLE + "</style>\n<h1>" + title + "</h1>\n";
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
