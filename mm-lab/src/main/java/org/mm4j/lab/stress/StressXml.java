package org.mm4j.lab.stress;

import java.util.Locale;
import org.mm4j.lab.stress.StressResult.Row;

/** What a run of stress tests has shown, in the format that JUnit's reports have and build servers read. */
public final class StressXml {
    private StressXml() {}

    /** One suite; a test and its twin are a case. */
    public static String render(StressResult result) {
        long failures = result.tests().stream().filter(row -> !row.isGood()).count();
        int errors = result.troubles().isEmpty() ? 0 : 1;
        StringBuilder text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        text.append(String.format(
                Locale.ROOT,
                "<testsuite name=\"mm stress, %s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"0\" time=\"%.1f\">%n",
                escaped(result.mode()),
                result.tests().size() + errors,
                failures,
                errors,
                result.seconds()));
        for (Row row : result.tests()) {
            int dot = row.test().lastIndexOf('.');
            text.append("  <testcase classname=\"" + escaped(row.test().substring(0, Math.max(dot, 0))) + "\" name=\""
                    + escaped(row.test().substring(dot + 1)) + "\"");
            if (row.isGood()) {
                text.append("/>\n");
            } else {
                String sentences = String.join("\n", row.failures());
                text.append("><failure message=\"" + escaped(row.failures().getFirst()) + "\">" + escaped(sentences)
                        + "</failure></testcase>\n");
            }
        }
        if (errors > 0) {
            text.append("  <testcase classname=\"mm.stress\" name=\"the run\"><error message=\""
                    + escaped(String.join("; ", result.troubles())) + "\"/></testcase>\n");
        }
        return text.append("</testsuite>\n").toString();
    }

    /** Without what no XML may hold. */
    private static String escaped(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uFFFD]", "?")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
