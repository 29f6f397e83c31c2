package org.mm4j.lab;

import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.ApiChoice;
import org.mm4j.kernel.ApiOption;

/**
 * What {@code mm which} prints, under the names of its {@code --json}.
 *
 * @param bytesRequested of all objects together
 * @param gfp the flags
 * @param gfpWhy why these
 * @param recommended the function to use
 * @param alternatives what else would do, the better ones first
 */
record WhichFigures(long bytesRequested, String gfp, String gfpWhy, Option recommended, List<Option> alternatives) {
    /**
     * One way to get the memory.
     *
     * @param api the function
     * @param call how it is called
     * @param freeWith what gives the memory back
     * @param takes what the allocator takes
     * @param bytesAllocated bytes that it takes
     * @param bytesWasted how many of these nobody asked for
     * @param why one sentence
     */
    record Option(
            String api, String call, String freeWith, String takes, long bytesAllocated, long bytesWasted, String why) {
        private static Option of(ApiOption option) {
            return new Option(
                    option.api(),
                    option.call(),
                    option.freeWith(),
                    option.what(),
                    option.bytesAllocated(),
                    option.bytesWasted(),
                    option.why());
        }

        private String size() {
            return takes + "; " + bytesAllocated + " bytes, " + bytesWasted + " of them wasted";
        }
    }

    static WhichFigures of(ApiChoice choice) {
        return new WhichFigures(
                choice.request().bytesTotal(),
                Gfp.format(choice.gfp()),
                choice.gfpWhy(),
                Option.of(choice.recommended()),
                choice.alternatives().stream().map(Option::of).toList());
    }

    /** The recommendation line by line, then what else would do. */
    String render() {
        StringBuilder text = new StringBuilder();
        line(text, "use", recommended.call);
        line(text, "", recommended.why);
        line(text, "takes", recommended.size());
        line(text, "free with", recommended.freeWith);
        line(text, "flags", gfp);
        line(text, "", gfpWhy);
        for (Option option : alternatives) {
            text.append('\n');
            line(text, "or", option.call);
            line(text, "", option.why);
            line(text, "takes", option.size());
            line(text, "free with", option.freeWith);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format("%-11s%s\n", name, value));
    }
}
