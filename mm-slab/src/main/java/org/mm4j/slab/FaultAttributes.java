package org.mm4j.slab;

/**
 * How often something is made to fail.
 *
 * <p>In Linux 6.18: include/linux/fault-inject.h, struct fault_attr; the boot option {@code failslab=}, whose four numbers
 * stand in the order of this record's first four.
 *
 * @param interval of so many calls one may fail; 0 and 1: each may
 * @param probability of a call that may fail, in percent, 0 to 100
 * @param space bytes that are allocated before anything fails, 0 or more
 * @param times so many calls fail and no more; {@link #ALWAYS}: no limit
 * @param sparesWaiters whether calls that may wait for memory never fail. In Linux: ignore-gfp-wait
 * @param isFiltered whether only caches with {@link SlabFlags#SLAB_FAILSLAB} fail. In Linux: cache-filter
 */
public record FaultAttributes(
        long interval, int probability, long space, long times, boolean sparesWaiters, boolean isFiltered) {
    /** For {@link #times}: no limit. */
    public static final long ALWAYS = -1;

    /** Nothing fails. */
    public static final FaultAttributes NONE = new FaultAttributes(1, 0, 0, 0, true, false);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public FaultAttributes {
        require(interval >= 0, "an interval is 0 calls or more, not " + interval);
        require(probability >= 0 && probability <= 100, "a probability is 0 to 100 percent, not " + probability);
        require(space >= 0, "the space before faults is 0 bytes or more, not " + space);
        require(times >= ALWAYS, "faults happen 0 times or more, or -1 for always; not " + times);
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
