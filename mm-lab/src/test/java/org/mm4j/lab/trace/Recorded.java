package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** What a reader made of a trace. */
record Recorded(TraceSummary summary, List<Line> lines) {
    /** One event with its head. */
    record Line(TraceEvent event, int cpu, long nanos) {}

    static Recorded ofText(String text) throws IOException {
        return of(text.getBytes(ISO_8859_1));
    }

    static Recorded of(byte[] bytes) throws IOException {
        return of(new ByteArrayInputStream(bytes));
    }

    static Recorded of(InputStream in) throws IOException {
        try (TraceSource source = TraceSource.of("sample", TraceSource.UNKNOWN, in)) {
            return of(source);
        }
    }

    static Recorded of(TraceSource source) throws IOException {
        List<Line> lines = new ArrayList<>();
        TraceSummary summary = TraceReader.read(source, (event, cpu, nanos) -> lines.add(new Line(event, cpu, nanos)));
        return new Recorded(summary, lines);
    }

    static Recorded ofResource(String name) throws IOException {
        return of(bytesOf(name));
    }

    static byte[] bytesOf(String name) throws IOException {
        try (InputStream in = Recorded.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    /** A line of ftrace around an event. */
    static String line(String event) {
        return "          task-1    [000] .....   487.205280: " + event + "\n";
    }

    List<TraceEvent> events() {
        return lines.stream().map(Line::event).toList();
    }
}
