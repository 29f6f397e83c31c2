package org.mm4j.lab.fragment;

import java.util.List;

/**
 * Two runs, alike but for compaction.
 *
 * @param kernel what they ran on
 * @param threads who replaced pages
 * @param rounds how often
 * @param proactiveness of the run with compaction
 * @param withCompaction that run
 * @param without the other one
 * @param violations what was broken, in words: invariants, and pages that lost what was in them; must be empty
 */
public record FragmentResult(
        String kernel,
        int threads,
        int rounds,
        int proactiveness,
        FragmentSeries withCompaction,
        FragmentSeries without,
        List<String> violations) {
    /** Copies the list. */
    public FragmentResult {
        violations = List.copyOf(violations);
    }

    /** Whether nothing was broken. */
    public boolean isGood() {
        return violations.isEmpty();
    }
}
