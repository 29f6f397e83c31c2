package org.mm4j.kernel.arena;

/**
 * How shared arenas end.
 *
 * <p>Ending a shared scope of the JDK stops every thread for a moment, some 25 µs, and it is done twice, as SegmentScopes says. Therefore many arenas share one, and the
 * memory of those that are closed is used again when the scope has ended.
 *
 * <p>In Linux 6.18: nothing; arenas are the JDK's.
 *
 * @param arenasPerScope how many arenas share a scope at most. With 1, each arena's segments end when it is closed
 * @param restNanos how long after the last end of a scope the next one ends as soon as none of its arenas is open, though
 *     others could still share it: a program that closes seldom has its segments ended at once
 * @param tracksOwners whether arenas remember the stack of the call that opened them, which costs microseconds each
 */
public record ArenaOptions(int arenasPerScope, long restNanos, boolean tracksOwners) {
    /** 512 arenas a scope; one end in 10 ms, so 0.3 % of the time, is no concern. */
    public static final ArenaOptions DEFAULT = new ArenaOptions(512, 10_000_000, false);

    /** Every segment ends with its own arena, however dear that is. */
    public static final ArenaOptions CHECKED = new ArenaOptions(1, 0, true);

    private static final int ARENAS_MAX = 1 << 16;

    /**
     * Checked options.
     *
     * @throws IllegalArgumentException when a number is out of its range
     */
    public ArenaOptions {
        if (arenasPerScope < 1 || arenasPerScope > ARENAS_MAX) {
            throw new IllegalArgumentException(
                    "1 to " + ARENAS_MAX + " arenas can share a scope, not " + arenasPerScope);
        }
        if (restNanos < 0) {
            throw new IllegalArgumentException("a rest is 0 ns or longer, not " + restNanos);
        }
    }

    /** The same with another number of arenas for a scope. */
    public ArenaOptions withArenasPerScope(int next) {
        return new ArenaOptions(next, restNanos, tracksOwners);
    }

    /** The same with another rest. */
    public ArenaOptions withRestNanos(long next) {
        return new ArenaOptions(arenasPerScope, next, tracksOwners);
    }

    /** The same with or without stacks. */
    public ArenaOptions withOwners(boolean next) {
        return new ArenaOptions(arenasPerScope, restNanos, next);
    }
}
