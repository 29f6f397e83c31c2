package org.mm4j.lab.trace;

import java.util.Map;

/** All request flags that were seen so far, and how often unknown ones were. */
final class GfpWords {
    private final Interned<GfpWord> words = new Interned<>(GfpWord::parse);
    private final NameCounts unknown = new NameCounts();

    Interned<GfpWord> words() {
        return words;
    }

    /** Counts what is unknown of one event's flags. */
    GfpWord count(GfpWord word) {
        if (!word.isKnown()) {
            word.unknown().forEach(unknown::add);
        }
        return word;
    }

    Map<String, Long> unknown() {
        return unknown.counts();
    }
}
