package org.mm4j.lab.trace;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** How often each name was seen. Bounded: after {@value #NAMES_MAX} names, the others count as one. */
final class NameCounts {
    /** What further names count as. */
    static final String OTHERS = "(others)";

    private static final int NAMES_MAX = 256;

    private final Map<String, Long> counts = new TreeMap<>();

    void add(String name) {
        boolean isFull = counts.size() >= NAMES_MAX && !counts.containsKey(name);
        counts.merge(isFull ? OTHERS : name, 1L, Long::sum);
    }

    /** The counts so far, by name. */
    Map<String, Long> counts() {
        return Collections.unmodifiableMap(new TreeMap<>(counts));
    }
}
