package org.mm4j.kernel.pagecache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.Waiting;
import org.mm4j.kernel.memcg.FileCharge;

/**
 * The pages of one blob, and who holds them: the cache, and every open {@link Blob}. Whoever lets go last frees them.
 *
 * <pre>
 *             acquire: +1             release: −1                  the last release
 *   HELD 1 -------------->  HELD 1+n -------------> HELD n, n > 0 -----------------> FREED 0
 *     |  ^
 *     |  | thaw              while a page is moved elsewhere, who comes waits
 *     v  |
 *   FROZEN      freeze, only if the cache alone holds them
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>B1: nobody reads or writes pages that are freed, and they are freed once,
 * <li>B2: the numbers of the pages change only while they are frozen, and nobody has read them at that time.
 * </ul>
 *
 * <p>In Linux 6.18: _refcount of {@code struct folio}, and folio_ref_freeze(), folio_ref_unfreeze().
 */
class BlobPages {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(BlobPages.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int FREED = 0;
    private static final int FROZEN = -1;
    private static final int ONE_HOLDER = 1;

    private final long bytes;
    private final long[] pfns;
    private final FileCharge charge;

    /** How often the entry is pinned. Changes only inside of the cache's own lock on the entry. */
    private int pins;

    @SuppressWarnings("unused") // by STATE
    private int state = ONE_HOLDER;

    /** So many bytes in these pages, with one holder, that nobody pays for. */
    BlobPages(long bytes, long[] pfns) {
        this(bytes, pfns, FileCharge.NONE);
    }

    /** The same with somebody who pays. */
    BlobPages(long bytes, long[] pfns, FileCharge charge) {
        this.bytes = bytes;
        this.pfns = pfns;
        this.charge = charge;
    }

    /** Who pays for the pages, wherever they are. */
    final FileCharge charge() {
        return charge;
    }

    final long bytes() {
        return bytes;
    }

    /** The numbers of the pages; read by holders, written while frozen. */
    final long[] pfns() {
        return pfns;
    }

    /** What the blob weighs in the cache, if it is not pinned. */
    final int weight() {
        return Math.max(1, pfns.length);
    }

    final int pins() {
        return pins;
    }

    final void setPins(int next) {
        pins = next;
    }

    /** Becomes a holder; false when they are freed. */
    final boolean tryAcquire() {
        Waiting waiting = new Waiting();
        while (true) {
            int now = stateAcquire(); // [blob.A2] pairs with [blob.R2]
            if (now == FREED) {
                return false;
            }
            if (now != FROZEN && casState(now, now + 1)) {
                waiting.end();
                return true;
            }
            waiting.once();
        }
    }

    /** Holds them no more. True: they are the caller's to free. */
    final boolean release() {
        Waiting waiting = new Waiting();
        while (true) {
            int now = stateAcquire();
            assert now != FREED : "the pages of a blob are let go twice";
            if (now != FROZEN && casState(now, now - 1)) { // [blob.R1] what the holder read, before they are freed
                waiting.end();
                return now == ONE_HOLDER;
            }
            waiting.once();
        }
    }

    /** Keeps everybody out, if the cache alone holds them. */
    boolean tryFreeze() {
        return casState(ONE_HOLDER, FROZEN); // [blob.A1] pairs with [blob.R1]: no holder reads any more
    }

    /** The end of {@link #tryFreeze}. */
    final void thaw() {
        setStateRelease(ONE_HOLDER); // [blob.R2] where the pages are now, to the next holder
    }

    final boolean isFreed() {
        return stateAcquire() == FREED;
    }

    final int stateAcquire() {
        return (int) STATE.getAcquire(this);
    }

    final boolean casState(int expected, int next) {
        return STATE.compareAndSet(this, expected, next);
    }

    final void setStateRelease(int next) {
        STATE.setRelease(this, next);
    }
}
