package org.mm4j.lab.report;

import com.google.gson.GsonBuilder;
import org.mm4j.lab.replay.ReplayResult;

/** A result as one JSON object, under the names of {@link ReplayResult}. */
public final class JsonReport {
    private JsonReport() {}

    /** The object, indented. */
    public static String render(ReplayResult result) {
        return new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(result);
    }
}
