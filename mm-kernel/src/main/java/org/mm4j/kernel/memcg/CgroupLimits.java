package org.mm4j.kernel.memcg;

import org.mm4j.api.PageFrame;

/**
 * How much a group and those below it may have, in bytes, rounded down to whole pages. Immutable.
 *
 * @param maxBytes over which requests reclaim inside of the group, and then fail; {@link #UNLIMITED}: there is no limit.
 *     In Linux: memory.max
 * @param highBytes over which requests reclaim inside of the group, and succeed. In Linux: memory.high
 */
public record CgroupLimits(long maxBytes, long highBytes) {
    /** What stands for no limit. */
    public static final long UNLIMITED = ChargeCounter.UNLIMITED;

    /** No limits. */
    public static final CgroupLimits NONE = new CgroupLimits(UNLIMITED, UNLIMITED);

    /**
     * Rounds.
     *
     * @throws IllegalArgumentException when a limit is negative
     */
    public CgroupLimits {
        maxBytes = rounded("max", maxBytes);
        highBytes = rounded("high", highBytes);
    }

    /** A limit over which requests fail. */
    public static CgroupLimits ofMax(long bytes) {
        return NONE.withMax(bytes);
    }

    /** The same with another {@link #maxBytes}. */
    public CgroupLimits withMax(long bytes) {
        return new CgroupLimits(bytes, highBytes);
    }

    /** The same with another {@link #highBytes}. */
    public CgroupLimits withHigh(long bytes) {
        return new CgroupLimits(maxBytes, bytes);
    }

    private static long rounded(String name, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory." + name + " is 0 bytes or more, not " + bytes);
        }
        return bytes == UNLIMITED ? bytes : bytes & -PageFrame.PAGE_SIZE;
    }
}
