package org.mm4j.kernel.events;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** What the flight recorder shows of what is done to a kernel. */
final class EventRecording {
    static final KernelConfig CONFIG = KernelConfig.ofBytes(32 << 20).withEvents(true);

    private static final String PREFIX = "org.mm4j.";
    static final List<String> OF_ALL_EVENTS = List.of("startTime", "duration", "eventThread", "stackTrace");

    private EventRecording() {}

    interface Work {
        void on(Kernel kernel) throws Exception;
    }

    /** The events of these names that the work made; in their order. */
    static List<RecordedEvent> of(KernelConfig config, Work work, String... names) throws Exception {
        Path file = Files.createTempFile("events", ".jfr");
        try (Kernel kernel = Kernel.boot(config);
                Recording recording = enabled(names)) {
            recording.start();
            work.on(kernel);
            recording.stop();
            recording.dump(file);
            return read(file);
        } finally {
            Files.delete(file);
        }
    }

    /** A recording that has not started. */
    static Recording enabled(String... names) {
        Recording recording = new Recording();
        for (String name : names) {
            recording.enable(PREFIX + name).withoutThreshold();
        }
        return recording;
    }

    static List<RecordedEvent> read(Path file) throws IOException {
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith(PREFIX))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    static String name(RecordedEvent event) {
        return event.getEventType().getName().substring(PREFIX.length());
    }

    static List<RecordedEvent> only(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> name(event).equals(name)).toList();
    }

    /** The names of the fields that only this event has. */
    static List<String> fields(RecordedEvent event) {
        return event.getFields().stream()
                .map(ValueDescriptor::getName)
                .filter(field -> !OF_ALL_EVENTS.contains(field))
                .toList();
    }

    /** All its own fields, one after the other. */
    static List<Object> values(RecordedEvent event) {
        return fields(event).stream().map(event::<Object>getValue).toList();
    }
}
