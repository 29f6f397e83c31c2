package org.mm4j.lab.trace;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a trace as text of ftrace, {@code trace-cmd report} or {@code perf script}, in one pass and in bounded memory. What
 * is wrong with a trace ends in a {@link TraceFormatException} that names the line.
 *
 * <p>Understood besides events: comments, blank lines, headers, call stacks, and notes about lost events.
 */
public final class TraceReader {
    /** The largest number of a CPU. */
    public static final int CPU_MAX = 8191;

    private static final String NAMELESS = "(without a name)";

    private final TraceSource source;
    private final TraceSink sink;
    private final LineReader line;
    private final LineHead head = new LineHead();
    private final Fields fields;
    private final GfpWords gfpWords = new GfpWords();
    private final EventParser parser;
    private final Interned<EventName> names = new Interned<>(EventName::of);
    private final NameCounts otherNames = new NameCounts();
    private long events;
    private long eventsKnown;
    private long eventsLost;
    private long firstNanos = Long.MAX_VALUE;
    private long lastNanos;

    /** An event's name, and what it means to the reader. */
    private record EventName(String name, @Nullable EventKind kind) {
        static EventName of(String name) {
            return new EventName(name.isEmpty() ? NAMELESS : name, EventKind.named(name));
        }
    }

    private TraceReader(TraceSource source, TraceSink sink) {
        this.source = source;
        this.sink = sink;
        this.line = new LineReader(source.name(), source.stream());
        this.fields = new Fields(line);
        this.parser = new EventParser(fields, gfpWords);
    }

    /**
     * Passes all events of a trace on, and says what else was in it.
     *
     * @throws TraceFormatException when the trace cannot be read, or has no event of kmem, percpu or vmalloc
     */
    public static TraceSummary read(TraceSource source, TraceSink sink) throws IOException {
        TraceReader reader = new TraceReader(source, sink);
        while (reader.line.next()) {
            reader.readLine();
        }
        return reader.summary();
    }

    private void readLine() throws TraceFormatException {
        byte[] bytes = line.bytes;
        int from = line.from();
        int to = line.to();
        if (OtherLine.isBlankOrComment(bytes, from, to)) {
            return;
        }
        if (head.find(bytes, from, to)) {
            readEvent(bytes);
        } else if (!OtherLine.isNoise(bytes, from, to)) {
            long lost = OtherLine.lostEvents(bytes, from, to);
            if (lost == OtherLine.NONE) {
                throw notATrace(bytes, from, to);
            }
            eventsLost += lost;
        }
    }

    private void readEvent(byte[] bytes) throws TraceFormatException {
        events++;
        firstNanos = Math.min(firstNanos, head.nanos());
        lastNanos = Math.max(lastNanos, head.nanos());
        EventName name = names.get(bytes, head.nameFrom(), head.nameTo());
        EventKind kind = name.kind();
        if (kind == null) {
            otherNames.add(name.name());
            return;
        }
        if (head.cpu() > CPU_MAX) {
            throw line.malformed("there is no CPU " + head.cpu() + " in Linux, the last one is " + CPU_MAX);
        }
        fields.begin(head.fieldsFrom());
        sink.event(parser.parse(kind), head.cpu(), head.nanos());
        eventsKnown++;
    }

    private TraceFormatException notATrace(byte[] bytes, int from, int to) {
        return line.malformed(
                line.isBinary()
                        ? "this is binary data, no text"
                        : "\"" + Words.shown(bytes, from, to) + "\" is no line of a trace, which looks like "
                                + "\"task-1 [000] 487.205280: mm_page_free: pfn=0x15d611 order=0\"");
    }

    private TraceSummary summary() throws TraceFormatException {
        if (line.number() == 0) {
            throw new TraceFormatException(source.name(), "it is empty");
        }
        if (eventsKnown == 0) {
            throw new TraceFormatException(
                    source.name(), "it has no event of kmem, percpu or vmalloc in its " + line.number() + " lines");
        }
        return new TraceSummary(
                source.name(),
                line.number(),
                events,
                eventsLost,
                otherNames.counts(),
                gfpWords.unknown(),
                lastNanos - firstNanos);
    }
}
