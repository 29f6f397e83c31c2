package org.mm4j.lab.fragment;

/**
 * What happens in a run.
 *
 * @param bytes memory of the kernel
 * @param threads who replace pages, each on a CPU slot of its own
 * @param rounds how often
 * @param proactiveness of the run with compaction, 1 to 100
 * @param seed of what is replaced
 */
public record FragmentOptions(long bytes, int threads, int rounds, int proactiveness, long seed) {
    /** How many of the pages in use a round replaces, as one n-th. */
    static final int REPLACED = 10;

    /** 128 MiB, 8 threads, 100 rounds, proactiveness 90. */
    public static final FragmentOptions DEFAULT = new FragmentOptions(128L << 20, 8, 100, 90, 1);
}
