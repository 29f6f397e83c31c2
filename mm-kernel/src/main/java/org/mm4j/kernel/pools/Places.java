package org.mm4j.kernel.pools;

import org.mm4j.api.Gfp;

/** Arrays whose empty places, those that are {@link ElementSource#NONE}, are to be filled. */
final class Places {
    /** The reserve may be all that can be had, so that attempts give up early and leave other reserves alone. */
    private static final int MODEST = Gfp.__GFP_NOMEMALLOC | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;

    private Places() {}

    /** What a source is asked with. The pool itself sees to it that a request does not fail. */
    static int modest(int gfp) {
        return (gfp | MODEST) & ~(Gfp.__GFP_NOFAIL | Gfp.__GFP_RETRY_MAYFAIL);
    }

    /** What a source is asked with before the reserve is. */
    static int hasty(int modest) {
        return modest & ~(Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_IO);
    }

    /** Fills places until the source has nothing more; returns how many are still empty. */
    static int fill(ElementSource source, long[] places, int gfp) {
        for (int i = 0; i < places.length; i++) {
            if (places[i] == ElementSource.NONE) {
                places[i] = source.alloc(gfp);
                if (places[i] == ElementSource.NONE) {
                    break;
                }
            }
        }
        return empty(places);
    }

    static int empty(long[] places) {
        int empty = 0;
        for (long each : places) {
            empty += each == ElementSource.NONE ? 1 : 0;
        }
        return empty;
    }

    /** Puts all of {@code found} into empty places. */
    static void move(long[] found, long[] places) {
        int next = 0;
        for (int i = 0; next < found.length; i++) {
            if (places[i] == ElementSource.NONE) {
                places[i] = found[next++];
            }
        }
    }
}
