package org.mm4j.slab;

/**
 * How many sections of one {@link Rcu} each thread is in; asked only by assertions, and empty without them.
 *
 * <p>In Linux 6.18: lockdep's rcu_lock_map.
 */
final class ReadNesting {
    private final ThreadLocal<int[]> depth = ThreadLocal.withInitial(() -> new int[1]);

    /** Returns true, so that the call can stand in an assertion. */
    boolean enter() {
        depth.get()[0]++;
        return true;
    }

    /** Returns true, so that the call can stand in an assertion. */
    boolean leave() {
        int[] sections = depth.get();
        if (sections[0] == 0) {
            throw new AssertionError("readUnlock by a thread that is in no read section");
        }
        sections[0]--;
        return true;
    }

    boolean isInside() {
        return depth.get()[0] > 0;
    }
}
