package org.mm4j.api;

import org.jspecify.annotations.Nullable;

/**
 * What fault injection keeps of the calling thread, for the points of all kernels. A thread that asked for nothing has
 * none.
 *
 * <p>In Linux 6.18: fail_nth and make_it_fail of struct task_struct, /proc/self/fail-nth and /proc/self/make-it-fail.
 */
public final class FaultTask {
    private static final ThreadLocal<@Nullable FaultTask> CURRENT = new ThreadLocal<>();

    private int failNth;
    private boolean makesItFail;

    private FaultTask() {}

    /**
     * From now on the {@code n}-th call of this thread that reaches a point fails, whatever the attributes say, and only that
     * one: so a test that tries 1, 2, 3, … until {@link #failNth} is not 0 afterwards has seen every failure there is.
     *
     * @param n 1 or more; 0: none
     * @throws IllegalArgumentException when it is less than 0
     */
    public static void setFailNth(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("the call that fails is number 1 or more, or 0 for none; not " + n);
        }
        set(n, makesItFail());
    }

    /** How many calls of this thread are left to the one that fails; 0: it has failed, or none is to fail. */
    public static int failNth() {
        FaultTask task = CURRENT.get();
        return task == null ? 0 : task.failNth;
    }

    /** Whether this thread fails at points that filter tasks. */
    public static void setMakeItFail(boolean next) {
        set(failNth(), next);
    }

    /** What {@link #setMakeItFail} said. */
    public static boolean makesItFail() {
        FaultTask task = CURRENT.get();
        return task != null && task.makesItFail;
    }

    private static void set(int failNth, boolean makesItFail) {
        if (failNth == 0 && !makesItFail) {
            CURRENT.remove();
            return;
        }
        FaultTask task = CURRENT.get();
        if (task == null) {
            task = new FaultTask();
            CURRENT.set(task);
        }
        task.failNth = failNth;
        task.makesItFail = makesItFail;
    }

    /** Counts a call; whether it is the one that fails. Nothing to count when {@link #failNth} is 0. */
    static boolean countDown() {
        int left = failNth() - 1;
        setFailNth(left);
        return left == 0;
    }
}
