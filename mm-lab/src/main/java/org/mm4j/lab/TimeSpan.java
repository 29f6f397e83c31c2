package org.mm4j.lab;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Spans of time: {@code 500ms}, {@code 90s}, {@code 2m}, {@code 1h}; a bare number is seconds. */
final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})\\s*(MS|S|M|H|)");
    private static final Duration MAX = Duration.ofDays(7);

    @Override
    public Duration convert(String text) {
        Matcher span = SPAN.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!span.matches() || Long.parseLong(span.group(1)) == 0) {
            throw new TypeConversionException("'" + text + "' is no span of time like 500ms, 2s or 1m");
        }
        long number = Long.parseLong(span.group(1));
        Duration duration = switch (span.group(2)) {
            case "MS" -> Duration.ofMillis(number);
            case "M" -> Duration.ofMinutes(number);
            case "H" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
        if (duration.compareTo(MAX) > 0) {
            throw new TypeConversionException("'" + text + "' is more than 7 days");
        }
        return duration;
    }

    /** As people write it, in whole seconds: {@code 2m 36s}. */
    static String format(Duration time) {
        long seconds = time.plusMillis(999).toSeconds();
        StringBuilder text = new StringBuilder();
        append(text, seconds / 3600, "h");
        append(text, seconds / 60 % 60, "m");
        append(text, seconds % 60, "s");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long number, String unit) {
        if (number > 0) {
            text.append(text.isEmpty() ? "" : " ").append(number).append(unit);
        }
    }
}
