package org.mm4j.api;

import java.math.BigDecimal;
import java.math.MathContext;

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
 * @param filtersTasks whether only threads fail that asked for it, by {@link FaultTask#setMakeItFail}. In Linux: task-filter
 * @param verbose what is logged of each fault, 0: nothing, 1: a report, 2: and the stack
 */
public record FaultAttributes(
        long interval,
        int probability,
        long space,
        long times,
        boolean sparesWaiters,
        int minOrder,
        boolean filtersTasks,
        int verbose) {
    /** For {@link #times}: no limit. */
    public static final long ALWAYS = -1;

    /** Nothing fails. */
    public static final FaultAttributes NONE = new FaultAttributes(1, 0, 0, 0, true, 0, false, 1);

    private static final int PERCENT = 100;
    private static final BigDecimal RATE_MIN = new BigDecimal("1e-9");

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public FaultAttributes {
        require(interval >= 0, "an interval is 0 calls or more, not " + interval);
        require(probability >= 0 && probability <= PERCENT, "a probability is 0 to 100 percent, not " + probability);
        require(space >= 0, "the space before faults is 0 or more, not " + space);
        require(times >= ALWAYS, "faults happen 0 times or more, or -1 for always; not " + times);
        require(minOrder >= 0, "the least order that fails is 0 or more, not " + minOrder);
        require(verbose >= 0 && verbose <= 2, "verbose is 0, 1 or 2, not " + verbose);
    }

    /** One call in {@code interval} fails, without end; those that may wait too. */
    public static FaultAttributes oneIn(long interval) {
        return new FaultAttributes(interval, PERCENT, 0, ALWAYS, false, 0, false, 1);
    }

    /**
     * Reads how often calls fail by chance: {@code 1/1000} or {@code 0.001}; without end, those that may wait too. An
     * interval and a whole percentage come as near to it as they can: 1 % of each tenth call.
     *
     * @throws IllegalArgumentException when the text is no number above 0, or one above 1
     */
    public static FaultAttributes ofRate(String text) {
        BigDecimal rate = rate(text.strip());
        if (rate.compareTo(RATE_MIN) < 0 || rate.compareTo(BigDecimal.ONE) > 0) {
            throw new IllegalArgumentException("a rate is above 0 and at most 1, as 1/1000 or 0.001; not " + text);
        }
        double percent = rate.doubleValue() * PERCENT;
        boolean isRare = percent < 1;
        long interval = isRare ? Math.round(1 / percent) : 1;
        int probability = isRare ? 1 : (int) Math.round(percent);
        return oneIn(interval).withProbability(probability);
    }

    private static BigDecimal rate(String text) {
        try {
            int slash = text.indexOf('/');
            return slash < 0
                    ? new BigDecimal(text)
                    : new BigDecimal(text.substring(0, slash))
                            .divide(new BigDecimal(text.substring(slash + 1)), MathContext.DECIMAL64);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("a rate is a number like 1/1000 or 0.001, not \"" + text + '"', e);
        }
    }

    /** The same with another {@link #interval}. */
    public FaultAttributes withInterval(long next) {
        return new FaultAttributes(next, probability, space, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #probability}. */
    public FaultAttributes withProbability(int next) {
        return new FaultAttributes(interval, next, space, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #space}. */
    public FaultAttributes withSpace(long next) {
        return new FaultAttributes(interval, probability, next, times, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #times}. */
    public FaultAttributes withTimes(long next) {
        return new FaultAttributes(interval, probability, space, next, sparesWaiters, minOrder, filtersTasks, verbose);
    }

    /** The same, sparing requests that may wait. */
    public FaultAttributes sparingWaiters() {
        return new FaultAttributes(interval, probability, space, times, true, minOrder, filtersTasks, verbose);
    }

    /** The same with another {@link #minOrder}. */
    public FaultAttributes withMinOrder(int next) {
        return new FaultAttributes(interval, probability, space, times, sparesWaiters, next, filtersTasks, verbose);
    }

    /** The same for threads that asked for it, or for all. */
    public FaultAttributes withFiltersTasks(boolean next) {
        return new FaultAttributes(interval, probability, space, times, sparesWaiters, minOrder, next, verbose);
    }

    /** The same with another {@link #verbose}. */
    public FaultAttributes withVerbose(int next) {
        return new FaultAttributes(interval, probability, space, times, sparesWaiters, minOrder, filtersTasks, next);
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
