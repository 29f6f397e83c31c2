package org.mm4j.kernel.reclaim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.Waiting;

/**
 * Who is inside of a shrinker. Scans come in and go out without waiting for anybody; the end waits until all are out, and
 * lets nobody in any more.
 *
 * <pre>
 *             tryGet: +1              end: −1               the last put: −1
 *   count  1 ------------>  1 + n  ------------>  n, n > 0 ------------------>  0: nobody comes in
 *            <------------
 *               put: −1
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>S1: between a tryGet that said yes and its put, the end has not returned,
 * <li>S2: when the end has returned, all that scans did is seen by whoever ended it.
 * </ul>
 *
 * <p>In Linux 6.18: refcount and done of {@code struct shrinker}, shrinker_try_get(), shrinker_put().
 */
class ScanReferences {
    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(ScanReferences.class, "count", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by COUNT
    private int count = 1;

    /** Comes in; false when it has ended. */
    boolean tryGet() {
        while (true) {
            int now = countOpaque();
            if (now == 0) {
                return false;
            }
            if (casCount(now, now + 1)) {
                return true;
            }
        }
    }

    /** Goes out. */
    final void put() {
        int now;
        do {
            now = countOpaque();
        } while (!casCount(now, now - 1)); // [shrinker.R1] what the scan did, to whoever ends the shrinker
    }

    /** Waits until everybody is out. Nobody comes in afterwards. One thread calls it, once. */
    final void end() {
        put();
        Waiting waiting = new Waiting();
        while (countAcquire() != 0) { // [shrinker.A1] pairs with [shrinker.R1]
            waiting.once();
        }
        waiting.end();
    }

    final int countOpaque() {
        return (int) COUNT.getOpaque(this);
    }

    private int countAcquire() {
        return (int) COUNT.getAcquire(this);
    }

    final boolean casCount(int expected, int next) {
        return COUNT.compareAndSet(this, expected, next);
    }
}
