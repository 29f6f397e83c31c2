package org.mm4j.lab.replay;

import java.io.IOException;
import java.io.InputStream;
import org.mm4j.lab.trace.TraceReader;
import org.mm4j.lab.trace.TraceSource;
import org.mm4j.lab.trace.TraceSummary;

/** The recording that comes with the program, resolved. */
record ShippedTrace(TraceSummary summary, ReplayPlan plan) {
    static InputStream open() {
        return TraceSource.class.getResourceAsStream("/org/mm4j/lab/kmem-compile.trace.gz");
    }

    static ShippedTrace resolve() throws IOException {
        Resolver resolver = new Resolver();
        try (TraceSource source = TraceSource.of("shipped", TraceSource.UNKNOWN, open())) {
            TraceSummary summary = TraceReader.read(source, resolver);
            return new ShippedTrace(summary, resolver.plan());
        }
    }
}
