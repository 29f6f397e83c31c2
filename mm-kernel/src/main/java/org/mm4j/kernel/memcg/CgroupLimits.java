package org.mm4j.kernel.memcg;

import org.mm4j.api.PageFrame;

/**
 * How much a group and those below it may have, and how much of that others must leave to it, in bytes, rounded down to
 * whole pages. Immutable; the {@code with…} methods return changed copies. There is no swap, and no limit of it.
 *
 * @param minBytes up to which reclaim never takes anything, 0: nothing is protected. In Linux: memory.min
 * @param lowBytes up to which reclaim takes nothing as long as it finds something elsewhere. In Linux: memory.low
 * @param highBytes over which requests reclaim inside of the group, wait for a while, and succeed; {@link #UNLIMITED}:
 *     there is no limit. In Linux: memory.high
 * @param maxBytes over which requests reclaim inside of the group, and then fail. In Linux: memory.max
 */
public record CgroupLimits(long minBytes, long lowBytes, long highBytes, long maxBytes) {
    /** What stands for no limit. */
    public static final long UNLIMITED = ChargeCounter.UNLIMITED;

    /** No limits, and nothing protected. */
    public static final CgroupLimits NONE = new CgroupLimits(0, 0, UNLIMITED, UNLIMITED);

    /**
     * Rounds.
     *
     * @throws IllegalArgumentException when one is negative
     */
    public CgroupLimits {
        minBytes = rounded("min", minBytes);
        lowBytes = rounded("low", lowBytes);
        highBytes = rounded("high", highBytes);
        maxBytes = rounded("max", maxBytes);
    }

    /** A limit over which requests fail. */
    public static CgroupLimits ofMax(long bytes) {
        return NONE.withMax(bytes);
    }

    /** The same with another {@link #minBytes}. */
    public CgroupLimits withMin(long bytes) {
        return new CgroupLimits(bytes, lowBytes, highBytes, maxBytes);
    }

    /** The same with another {@link #lowBytes}. */
    public CgroupLimits withLow(long bytes) {
        return new CgroupLimits(minBytes, bytes, highBytes, maxBytes);
    }

    /** The same with another {@link #highBytes}. */
    public CgroupLimits withHigh(long bytes) {
        return new CgroupLimits(minBytes, lowBytes, bytes, maxBytes);
    }

    /** The same with another {@link #maxBytes}. */
    public CgroupLimits withMax(long bytes) {
        return new CgroupLimits(minBytes, lowBytes, highBytes, bytes);
    }

    boolean protectsSomething() {
        return minBytes > 0 || lowBytes > 0;
    }

    private static long rounded(String name, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory." + name + " is 0 bytes or more, not " + bytes);
        }
        return bytes == UNLIMITED ? bytes : bytes & -PageFrame.PAGE_SIZE;
    }
}
