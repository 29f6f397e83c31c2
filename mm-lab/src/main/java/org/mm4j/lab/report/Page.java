package org.mm4j.lab.report;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page with plots that needs no network: styles, scripts and data are in it. */
final class Page {
    /** A place in the template. */
    private static final Pattern PART = Pattern.compile("@[A-Z_]+@");

    private Page() {}

    /**
     * The page.
     *
     * @param title as text
     * @param body as HTML
     * @param data what the script finds in the element {@code data}
     * @param script the resource that draws the plots
     */
    static String render(String title, String body, Map<String, Object> data, String script) {
        Map<String, String> parts = Map.of(
                "@TITLE@", Html.text(title),
                "@UPLOT_CSS@", resource("uPlot.min.css"),
                "@REPORT_CSS@", resource("report.css"),
                "@BODY@", body,
                "@DATA@", new Gson().toJson(data),
                "@UPLOT_JS@", resource("uPlot.iife.min.js"),
                "@REPORT_JS@", resource(script));
        return PART.matcher(resource("report.html"))
                .replaceAll(part -> Matcher.quoteReplacement(parts.getOrDefault(part.group(), "")));
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
