package org.mm4j.kernel;

/**
 * Who is told what happens to pages. Called by the thread that takes or gives back, outside of all locks. What it throws is
 * dropped, see {@link WatchedPages}.
 */
interface PageWatcher {
    /** A block was asked for; pfn 0: there is none. */
    void took(long pfn, int order, int gfp);

    /** A block became blocks of one page. */
    default void split(long pfn, int pagesOfBlock) {}

    /** Whether it wants to know what is given back. */
    default boolean wantsFrees() {
        return false;
    }

    /** A block is about to be given back. */
    default void freeing(long pfn, int order) {}
}
