package org.mm4j.api;

/**
 * How often something is made to fail. Immutable; the {@code with…} methods return changed copies.
 *
 * <p>In Linux 6.18: include/linux/fault-inject.h, {@code struct fault_attr}; boot options such as {@code fail_page_alloc=},
 * whose four numbers stand in the order of this record's first four.
 *
 * @param interval of so many calls one may fail; 0 and 1: each may
 * @param probability of a call that may fail, in percent, 0 to 100
 * @param space bytes, or whatever calls count, before anything fails, 0 or more
 * @param times so many calls fail and no more; {@link #ALWAYS}: no limit
 * @param sparesWaiters whether requests that may wait never fail. In Linux: ignore-gfp-wait
 * @param minOrder blocks of smaller orders never fail. In Linux: min-order
 */
public record FaultAttributes(
        long interval, int probability, long space, long times, boolean sparesWaiters, int minOrder) {
    /** For {@link #times}: no limit. */
    public static final long ALWAYS = -1;

    /** Nothing fails. */
    public static final FaultAttributes NONE = new FaultAttributes(1, 0, 0, 0, true, 0);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public FaultAttributes {
        require(interval >= 0, "an interval is 0 calls or more, not " + interval);
        require(probability >= 0 && probability <= 100, "a probability is 0 to 100 percent, not " + probability);
        require(space >= 0, "the space before faults is 0 or more, not " + space);
        require(times >= ALWAYS, "faults happen 0 times or more, or -1 for always; not " + times);
        require(minOrder >= 0, "the least order that fails is 0 or more, not " + minOrder);
    }

    /** One call in {@code interval} fails, without end; those that may wait too. */
    public static FaultAttributes oneIn(long interval) {
        return new FaultAttributes(interval, 100, 0, ALWAYS, false, 0);
    }

    /** The same with another {@link #probability}. */
    public FaultAttributes withProbability(int next) {
        return new FaultAttributes(interval, next, space, times, sparesWaiters, minOrder);
    }

    /** The same with another {@link #space}. */
    public FaultAttributes withSpace(long next) {
        return new FaultAttributes(interval, probability, next, times, sparesWaiters, minOrder);
    }

    /** The same with another {@link #times}. */
    public FaultAttributes withTimes(long next) {
        return new FaultAttributes(interval, probability, space, next, sparesWaiters, minOrder);
    }

    /** The same, sparing requests that may wait. */
    public FaultAttributes sparingWaiters() {
        return new FaultAttributes(interval, probability, space, times, true, minOrder);
    }

    /** The same with another {@link #minOrder}. */
    public FaultAttributes withMinOrder(int next) {
        return new FaultAttributes(interval, probability, space, times, sparesWaiters, next);
    }

    /**
     * Reads the kernel's boot option: {@code interval,probability,space,times}.
     *
     * @throws IllegalArgumentException when the text is not that, or a number is outside its range
     */
    public static FaultAttributes parse(String text) {
        String[] words = text.split(",", -1);
        if (words.length != 4) {
            throw new IllegalArgumentException("faults are interval,probability,space,times; not \"" + text + '"');
        }
        try {
            return new FaultAttributes(
                    Long.parseLong(words[0]),
                    Integer.parseInt(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    false,
                    0);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("faults are four numbers, not \"" + text + '"', e);
        }
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
