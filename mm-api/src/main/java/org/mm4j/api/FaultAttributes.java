package org.mm4j.api;

/**
 * How often something is made to fail. Immutable; the {@code with…} methods return changed copies.
 *
 * <p>In Linux 6.18: include/linux/fault-inject.h, {@code struct fault_attr}; boot options such as {@code fail_page_alloc=},
 * whose four numbers stand in the order of this record's first four.
 *
 * @param interval of so many calls one may fail; 0 and 1: each may
 * @param rate which part of the calls that may fail does. In Linux: probability, in whole percents
 * @param space bytes, or whatever calls count, before anything fails, 0 or more
 * @param times so many calls fail and no more; {@link #ALWAYS}: no limit
 * @param sparesWaiters whether requests that may wait never fail. In Linux: ignore-gfp-wait
 * @param minOrder blocks of smaller orders never fail. In Linux: min-order
 * @param filtersTasks whether only threads fail that asked for it, by {@link FaultTask#setMakeItFail}. In Linux: task-filter
 * @param verbose what is logged of each fault, 0: nothing, 1: a report, 2: and the stack
 */
public record FaultAttributes(
        long interval,
        FaultRate rate,
        long space,
        long times,
        boolean sparesWaiters,
        int minOrder,
        boolean filtersTasks,
        int verbose) {
    /** For {@link #times}: no limit. */
    public static final long ALWAYS = -1;

    /** Nothing fails. */
    public static final FaultAttributes NONE = new FaultAttributes(1, FaultRate.NEVER, 0, 0, true, 0, false, 1);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public FaultAttributes {
        require(interval >= 0, "an interval is 0 calls or more, not " + interval);
        require(space >= 0, "the space before faults is 0 or more, not " + space);
        require(times >= ALWAYS, "faults happen 0 times or more, or -1 for always; not " + times);
        require(minOrder >= 0, "the least order that fails is 0 or more, not " + minOrder);
        require(verbose >= 0 && verbose <= 2, "verbose is 0, 1 or 2, not " + verbose);
    }

    /** One call in {@code interval} fails, without end; those that may wait too. */
    public static FaultAttributes oneIn(long interval) {
        return new FaultAttributes(interval, FaultRate.ALWAYS, 0, ALWAYS, false, 0, false, 1);
    }

    /**
     * Reads how often calls fail by chance: {@code 1/1000} or {@code 0.001}; without end, those that may wait too.
     *
     * @throws IllegalArgumentException as {@link FaultRate#parse}
     */
    public static FaultAttributes ofRate(String text) {
        return oneIn(1).withRate(FaultRate.parse(text));
    }

    /** The same with another {@link #interval}. */
    public FaultAttributes withInterval(long next) {
        return new FaultAttributes(next, rate, space, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /**
     * The same with another {@link #rate}, in percent.
     *
     * @throws IllegalArgumentException when it is not 0 to 100
     */
    public FaultAttributes withProbability(int percent) {
        return withRate(FaultRate.ofPercent(percent));
    }

    /** The same with another {@link #rate}. */
    public FaultAttributes withRate(FaultRate next) {
        return new FaultAttributes(interval, next, space, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #space}. */
    public FaultAttributes withSpace(long next) {
        return new FaultAttributes(interval, rate, next, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #times}. */
    public FaultAttributes withTimes(long next) {
        return new FaultAttributes(interval, rate, space, next, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same, sparing requests that may wait. */
    public FaultAttributes sparingWaiters() {
        return new FaultAttributes(interval, rate, space, times, true, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #minOrder}. */
    public FaultAttributes withMinOrder(int next) {
        return new FaultAttributes(interval, rate, space, times, sparesWaiters, next, filtersTasks, verbose);
    }

    /** The same for threads that asked for it, or for all. */
    public FaultAttributes withFiltersTasks(boolean next) {
        return new FaultAttributes(interval, rate, space, times, sparesWaiters, minOrder, next, verbose);
    }

    /** The same with another {@link #verbose}. */
    public FaultAttributes withVerbose(int next) {
        return new FaultAttributes(interval, rate, space, times, sparesWaiters, minOrder, filtersTasks, next);
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
            return oneIn(Long.parseLong(words[0]))
                    .withProbability(Integer.parseInt(words[1]))
                    .withSpace(Long.parseLong(words[2]))
                    .withTimes(Long.parseLong(words[3]));
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
