package org.mm4j.lab.replay;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a trace's events. Each one is applied, skipped, or an unmatched free.
 *
 * @param applied events that the plan carries out
 * @param skipped events that it does not, by reason
 * @param unmatchedFrees frees of pages that were taken before the recording began
 * @param lostFrees blocks whose free is not in the trace; they are freed when their frames are allocated again
 * @param mergedFrees frees of a block that had been split; each of the pieces is freed
 * @param splits blocks that were freed in pieces, and so are split before
 * @param migrateType whether the mobility that our flags mean is the one that the kernel printed
 */
public record Resolution(
        long applied,
        Map<String, Long> skipped,
        long unmatchedFrees,
        long lostFrees,
        long mergedFrees,
        long splits,
        Checked migrateType) {
    /** Copies the map. */
    public Resolution {
        skipped = Collections.unmodifiableMap(new TreeMap<>(skipped));
    }
}
