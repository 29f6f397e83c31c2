package org.mm4j.lab.report;

import java.util.Locale;
import org.mm4j.api.PageFrame;

/** Pieces of a page. */
final class Html {
    private static final long PAGES_PER_MIB = (1 << 20) / PageFrame.PAGE_SIZE;

    private Html() {}

    /** Text in which nothing is a tag. */
    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String section(String title, String content) {
        return "<section><h2>" + text(title) + "</h2>\n" + content + "</section>\n";
    }

    static String note(String sentence) {
        return "<p class=\"note\">" + text(sentence) + "</p>\n";
    }

    static String figure(String value, String label) {
        return "<div class=\"figure\"><b>" + text(value) + "</b><span>" + text(label) + "</span></div>\n";
    }

    static String table(String rows) {
        return "<table>" + rows + "</table>\n";
    }

    static String row(String name, String value) {
        return "<tr><th>" + text(name) + "</th><td>" + text(value) + "</td></tr>\n";
    }

    static String countRow(String name, long count) {
        return "<tr><th>" + text(name) + "</th><td class=\"n\">" + number(count) + "</td></tr>\n";
    }

    /** With a comma after every three digits. */
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Pages as their size. */
    static String size(long pages) {
        return pages < PAGES_PER_MIB
                ? number(pages * PageFrame.PAGE_SIZE / 1024) + " KiB"
                : String.format(Locale.ROOT, "%,.1f MiB", (double) pages / PAGES_PER_MIB);
    }

    /** {@code 1.25 million}. */
    static String rate(long perSecond) {
        return perSecond < 1_000_000 ? number(perSecond) : String.format(Locale.ROOT, "%.1f million", perSecond / 1e6);
    }
}
