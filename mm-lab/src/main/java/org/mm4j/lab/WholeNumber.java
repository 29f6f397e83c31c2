package org.mm4j.lab;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whole numbers that somebody typed. */
final class WholeNumber {
    private static final Pattern DIGITS = Pattern.compile("0*(\\d{1,18})");

    private WholeNumber() {}

    /**
     * The number that a text is.
     *
     * @param name what the number is, for the error
     * @throws UsageException when it is none, or outside the bounds
     */
    static long of(String name, String text, long min, long max) {
        Matcher digits = DIGITS.matcher(text);
        if (digits.matches()) {
            long number = Long.parseLong(digits.group(1));
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw new UsageException(name + " is a whole number from " + min + " to " + max + ", not \"" + text + '"');
    }
}
