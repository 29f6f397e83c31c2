package org.mm4j.kernel.reclaim;

/**
 * How many objects of a shrinker are looked at. Pure functions.
 *
 * <pre>
 *   delta     =  freeable / 2^priority * 4 / seeks;  without seeks: freeable / 2
 *   total     =  min( deferred / 2^priority + delta,  2 * freeable )
 *   scan      a batch, while total >= batch or total >= freeable
 *   deferred' =  min( max( deferred + delta - scanned, 0 ),  2 * freeable )
 * </pre>
 *
 * <p>What is too little for a batch is not lost: it is deferred until it is enough.
 *
 * <p>In Linux 6.18: mm/shrinker.c, do_shrink_slab().
 */
final class ShrinkWork {
    private ShrinkWork() {}

    /** Objects that the pressure of this priority asks for; 12 is the least, 0 means all. */
    static long delta(long freeable, int priority, int seeks) {
        return seeks == 0 ? freeable / 2 : (freeable >> priority) * 4 / seeks;
    }

    /** Objects to look at now. */
    static long total(long freeable, long deferred, long delta, int priority) {
        return Math.min((deferred >> priority) + delta, 2 * freeable);
    }

    /** Objects that are left for the next time. */
    static long deferred(long freeable, long deferred, long delta, long scanned) {
        return Math.min(Math.max(deferred + delta - scanned, 0), 2 * freeable);
    }
}
