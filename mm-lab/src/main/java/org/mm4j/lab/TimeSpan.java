package org.mm4j.lab;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Spans of time: {@code 500ms}, {@code 2s}, {@code 1m}; a bare number is seconds. */
final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})\\s*(MS|S|M|H|)");

    @Override
    public Duration convert(String text) {
        Matcher span = SPAN.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!span.matches() || Long.parseLong(span.group(1)) == 0) {
            throw new TypeConversionException("'" + text + "' is no span of time like 500ms, 2s or 1m");
        }
        long number = Long.parseLong(span.group(1));
        return switch (span.group(2)) {
            case "MS" -> Duration.ofMillis(number);
            case "M" -> Duration.ofMinutes(number);
            case "H" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
    }
}
