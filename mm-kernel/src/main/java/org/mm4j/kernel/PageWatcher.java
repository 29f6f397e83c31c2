package org.mm4j.kernel;

/** Who is told what happens to pages. Called by the thread that takes or gives back, outside of all locks. */
interface PageWatcher {
    /** A block was asked for; pfn 0: there is none. */
    void took(long pfn, int order, int gfp);

    /** A block became blocks of one page. */
    default void split(long pfn, int pagesOfBlock) {}

    /** A reference to a block is about to be dropped, by a call that names its order. */
    default void freeing(long pfn, int order) {}
}
