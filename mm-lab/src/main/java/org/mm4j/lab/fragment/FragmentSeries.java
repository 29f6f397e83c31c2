package org.mm4j.lab.fragment;

import java.util.List;

/**
 * What one run saw.
 *
 * @param percentWhole how much of memory was free in whole pageblocks: when half of it had been freed, and after each round
 * @param blocksMoved blocks that compaction moved
 * @param runs how often kcompactd compacted the node
 * @param seconds how long the rounds took
 */
public record FragmentSeries(List<Double> percentWhole, long blocksMoved, long runs, double seconds) {
    /** Copies the list. */
    public FragmentSeries {
        percentWhole = List.copyOf(percentWhole);
    }

    /** After the last round. */
    public double last() {
        return percentWhole.getLast();
    }

    /** The least after a round. */
    public double least() {
        return percentWhole.stream()
                .skip(1)
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(last());
    }
}
