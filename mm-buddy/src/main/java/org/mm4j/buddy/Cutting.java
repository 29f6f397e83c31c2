package org.mm4j.buddy;

/**
 * Cuts blocks that are in use into smaller ones. Where a block begins and ends changes under the zone lock only; its
 * references may change meanwhile, so its word is exchanged by compare-and-set.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, ___free_pages(), split_page(), make_alloc_exact().
 */
final class Cutting {
    private Cutting() {}

    /**
     * Drops one of several references of a block that is not compound. Only the first frame stays with the others; the
     * frames behind it are freed at once, as blocks of order n−1 down to 0.
     *
     * <pre>
     *   order 3, references 2:   [ 0  1  2  3  4  5  6  7 ]
     *   afterwards:              [ 0 ]                        order 0, references 1
     *                               ( 1 )( 2  3 )( 4 5 6 7 )  free
     * </pre>
     *
     * @return false when the word is no longer {@code word}: look at it again
     */
    static boolean dropAllButFirst(Zone zone, int frame, long word) {
        zone.lock().lock();
        try {
            if (!zone.map().casWord(frame, word, FrameWord.withOrder(FrameWord.minusReference(word), 0))) {
                return false;
            }
            for (int order = FrameWord.order(word) - 1; order >= 0; order--) {
                zone.buddies().free(frame + (1 << order), order, false);
            }
            return true;
        } finally {
            zone.lock().unlock();
        }
    }

    /**
     * Makes a block into blocks of {@code newOrder}, each as the first one: its references, type and owner.
     *
     * @return false when the word is no longer {@code word}: look at it again
     */
    static boolean split(Zone zone, int frame, long word, int newOrder) {
        zone.lock().lock();
        try {
            long next = FrameWord.withOrder(word, newOrder);
            if (!zone.map().casWord(frame, word, next)) {
                return false;
            }
            int end = frame + (1 << FrameWord.order(word));
            for (int each = frame + (1 << newOrder); each < end; each += 1 << newOrder) {
                zone.map().setWordOpaque(each, next);
            }
            return true;
        } finally {
            zone.lock().unlock();
        }
    }

    /**
     * Makes a block that was just taken into exact pages, and frees the frames behind the first {@code pagesKept}. The
     * first frame keeps references that others took meanwhile.
     */
    static void trim(Zone zone, int frame, int pagesKept) {
        zone.lock().lock();
        try {
            MemMap map = zone.map();
            long word = map.wordOpaque(frame);
            while (!map.casWord(frame, word, FrameWord.withExact(FrameWord.withOrder(word, 0), pagesKept))) {
                word = map.wordOpaque(frame);
            }
            int end = frame + (1 << FrameWord.order(word));
            long other = FrameWord.withExact(FrameWord.inUse(0, false, 1, FrameWord.type(word)), 0);
            for (int each = frame + 1; each < frame + pagesKept; each++) {
                map.setWordOpaque(each, other);
            }
            for (int each = frame + pagesKept; each < end; each++) {
                zone.buddies().free(each, 0, true);
            }
        } finally {
            zone.lock().unlock();
        }
    }
}
