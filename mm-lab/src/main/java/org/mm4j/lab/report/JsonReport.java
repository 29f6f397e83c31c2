package org.mm4j.lab.report;

import com.google.gson.GsonBuilder;

/** A result as one JSON object, under the names of its record. */
public final class JsonReport {
    private JsonReport() {}

    /** The object, indented. Gson reads records in the packages that module-info opens to it. */
    public static String render(Record result) {
        return new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(result);
    }
}
