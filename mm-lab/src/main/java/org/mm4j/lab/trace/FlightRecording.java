package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.MemoryAddress;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * A recording of Java's flight recorder, in which a kernel of mm4j told what it did, as the text of a trace. Its threads
 * stand where a trace has CPUs.
 *
 * <pre>
 *   org.mm4j.kmalloc {ptr = 0x7F…, bytes_req = 100, …}  -->  java-1 [000] 0.000012345: kmalloc: ptr=0x7f… bytes_req=100 …
 * </pre>
 */
final class FlightRecording {
    private static final String PREFIX = "org.mm4j.";
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final StringBuilder text = new StringBuilder();
    private final Map<Long, Integer> cpuOfThread = new HashMap<>();

    private FlightRecording() {}

    /** The text of a recording, which is read to its end. */
    static InputStream textOf(InputStream recording) throws IOException {
        Path file = Files.createTempFile("mm4j", ".jfr");
        try {
            Files.copy(recording, file, StandardCopyOption.REPLACE_EXISTING);
            return new ByteArrayInputStream(new FlightRecording().lines(file).getBytes(US_ASCII));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Recordings keep the events of each thread together. */
    private String lines(Path file) throws IOException {
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith(PREFIX))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
        for (RecordedEvent event : events) {
            line(event, events.getFirst().getStartTime());
        }
        return text.toString();
    }

    private void line(RecordedEvent event, Instant begin) {
        Instant at = event.getStartTime();
        long nanos = (at.getEpochSecond() - begin.getEpochSecond()) * NANOS_PER_SECOND + at.getNano() - begin.getNano();
        long thread = event.getThread() == null ? 0 : event.getThread().getId();
        int cpu = cpuOfThread.computeIfAbsent(thread, _ -> cpuOfThread.size());
        text.append(String.format(
                Locale.ROOT,
                "java-%d [%03d] %d.%09d: %s:",
                thread,
                cpu,
                nanos / NANOS_PER_SECOND,
                nanos % NANOS_PER_SECOND,
                event.getEventType().getName().substring(PREFIX.length())));
        for (ValueDescriptor field : event.getFields()) {
            append(event, field);
        }
        text.append('\n');
    }

    /** What every event has, its time and its thread, are objects or stand in the head already. */
    private void append(RecordedEvent event, ValueDescriptor field) {
        String name = field.getName();
        String value = switch (field.getTypeName()) {
            case "long" -> number(event.getLong(name), field);
            case "int" -> Integer.toString(event.getInt(name));
            case "boolean" -> event.getBoolean(name) ? "1" : "0";
            case "java.lang.String" -> String.valueOf(event.getString(name)).replaceAll("\\s", "_");
            default -> "";
        };
        if (!value.isEmpty() && !name.equals("startTime") && !name.equals("duration")) {
            text.append(' ').append(name).append('=').append(value);
        }
    }

    private static String number(long value, ValueDescriptor field) {
        return field.getAnnotation(MemoryAddress.class) == null ? Long.toString(value) : "0x" + Long.toHexString(value);
    }
}
