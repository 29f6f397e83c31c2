package org.mm4j.lab.trace;

import java.util.Map;

/**
 * What a trace held, apart from its events.
 *
 * @param source where it came from
 * @param lines lines read
 * @param events lines that are events, known ones or not
 * @param lostEvents events that the recording says it lost; where it does not say how many, one
 * @param otherEvents events of other names, by name
 * @param unknownGfp flags that Linux 6.18 does not know, and how often they stood in an event
 * @param nanos from the first event to the last
 */
public record TraceSummary(
        String source,
        long lines,
        long events,
        long lostEvents,
        Map<String, Long> otherEvents,
        Map<String, Long> unknownGfp,
        long nanos) {}
