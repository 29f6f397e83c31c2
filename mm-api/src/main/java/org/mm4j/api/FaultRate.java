package org.mm4j.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.random.RandomGenerator;

/**
 * Which part of the calls fails, by chance: exactly {@code faults} in {@code calls}, so that one in a thousand is one in a
 * thousand. In lowest terms, so that equal rates are equal.
 *
 * <p>In Linux 6.18: the probability of {@code struct fault_attr}. Differs: that is whole percents.
 *
 * @param faults 0 or more, and {@code calls} at most
 * @param calls 1 to 10<sup>9</sup>
 */
public record FaultRate(long faults, long calls) {
    /** No call fails. */
    public static final FaultRate NEVER = new FaultRate(0, 1);

    /** Each call fails. */
    public static final FaultRate ALWAYS = new FaultRate(1, 1);

    private static final int PERCENT = 100;
    private static final int TEXT_MAX = 30;
    private static final int SCALE_MAX = 100;
    private static final long CALLS_MAX = 1_000_000_000;

    /** Brings it to lowest terms, and checks the ranges. */
    public FaultRate {
        long divisor = BigInteger.valueOf(faults).gcd(BigInteger.valueOf(calls)).longValue();
        if (divisor > 0) {
            faults /= divisor;
            calls /= divisor;
        }
        if (faults < 0 || calls < 1 || faults > calls || calls > CALLS_MAX) {
            throw new IllegalArgumentException(
                    "a rate is 0 to 1, in parts of 1000000000 at most; not " + faults + "/" + calls);
        }
    }

    /**
     * So many percent.
     *
     * @throws IllegalArgumentException when it is not 0 to 100
     */
    public static FaultRate ofPercent(int percent) {
        if (percent < 0 || percent > PERCENT) {
            throw new IllegalArgumentException("a probability is 0 to 100 percent, not " + percent);
        }
        return new FaultRate(percent, PERCENT);
    }

    /**
     * Reads what people write: {@code 1/1000} or {@code 0.001}.
     *
     * @throws IllegalArgumentException when the text is no such number above 0, or one above 1, or finer than 10<sup>−9</sup>
     */
    public static FaultRate parse(String text) {
        String rate = text.strip();
        try {
            if (rate.length() > TEXT_MAX) {
                throw new NumberFormatException("longer than any rate");
            }
            int slash = rate.indexOf('/');
            return slash < 0
                    ? ofDecimal(new BigDecimal(rate), rate)
                    : of(new BigInteger(rate.substring(0, slash)), new BigInteger(rate.substring(slash + 1)), rate);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a rate is a number like 1/1000 or 0.001, not \"" + rate + '"', e);
        }
    }

    private static FaultRate ofDecimal(BigDecimal decimal, String text) {
        if (Math.abs((long) decimal.scale()) > SCALE_MAX) {
            throw decimal.scale() > 0 ? tooFine(text) : outside(text);
        }
        BigDecimal plain = decimal.scale() < 0 ? decimal.setScale(0) : decimal;
        return of(plain.unscaledValue(), BigInteger.TEN.pow(plain.scale()), text);
    }

    private static FaultRate of(BigInteger faults, BigInteger calls, String text) {
        BigInteger divisor = faults.gcd(calls);
        if (faults.signum() <= 0 || calls.signum() <= 0 || faults.compareTo(calls) > 0) {
            throw outside(text);
        }
        BigInteger lowest = calls.divide(divisor);
        if (lowest.compareTo(BigInteger.valueOf(CALLS_MAX)) > 0) {
            throw tooFine(text);
        }
        return new FaultRate(faults.divide(divisor).longValueExact(), lowest.longValueExact());
    }

    private static IllegalArgumentException outside(String text) {
        return new IllegalArgumentException("a rate is above 0 and at most 1, as 1/1000 or 0.001; not " + text);
    }

    private static IllegalArgumentException tooFine(String text) {
        return new IllegalArgumentException("a rate is in parts of " + CALLS_MAX + " at most, not " + text);
    }

    /** Whether a call fails. */
    boolean hits(RandomGenerator random) {
        return faults > 0 && (faults == calls || random.nextLong(calls) < faults);
    }

    /** As the kernel shows it, {@code 25} for whole percents; {@code 1/1000} of a call where it has no text for it. */
    public String percent() {
        return PERCENT % calls == 0 ? Long.toString(faults * (PERCENT / calls)) : toString();
    }

    /** As {@code 1/1000}. */
    @Override
    public String toString() {
        return faults + "/" + calls;
    }
}
