package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Words that somebody typed, of which each names a constant. */
final class Choice {
    private Choice() {}

    /**
     * The constant whose name in lower case is {@code text}.
     *
     * @param option what the word is for, for the error
     * @throws UsageException when it is none of them; the message names them all
     */
    static <E extends Enum<E>> E of(String option, String text, List<E> constants) {
        String wanted = text.strip().toLowerCase(Locale.ROOT);
        List<String> known = new ArrayList<>();
        for (E constant : constants) {
            if (word(constant).equals(wanted)) {
                return constant;
            }
            known.add(word(constant));
        }
        throw new UsageException(option + " is one of " + String.join(", ", known) + ", not \"" + text + '"');
    }

    /** How a constant is typed and printed. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
