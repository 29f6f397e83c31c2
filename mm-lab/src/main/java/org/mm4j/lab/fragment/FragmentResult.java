package org.mm4j.lab.fragment;

import java.util.List;

/**
 * Four runs, alike but for compaction.
 *
 * @param kernel what they ran on
 * @param threads who replaced pages
 * @param rounds how often
 * @param proactiveness of the run with compaction
 * @param withCompaction that run
 * @param byDefault at the kernel's default proactiveness, 20, while nobody wants large blocks
 * @param asked at the default too, while somebody asks for blocks of 2 MiB after each round, and gives them back
 * @param without without compaction
 * @param violations what was broken, in words: invariants, and pages that lost what was in them; must be empty
 */
public record FragmentResult(
        String kernel,
        int threads,
        int rounds,
        int proactiveness,
        FragmentSeries withCompaction,
        FragmentSeries byDefault,
        FragmentSeries asked,
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
