package org.mm4j.buddy;

/** Where blocks come from, as the slow path sees it: one look, without waiting. */
interface FreeLists {
    /** No frame. */
    int NONE = FreeAreas.NONE;

    /** A frame of the first zone that has a block above its watermark, or {@link #NONE}. In Linux: get_page_from_freelist(). */
    int takeFrom(ZoneList list, int gfp, int order, int flags);

    /** Gives the cached blocks of these zones back; whether there were any. In Linux: drain_all_pages(). */
    boolean drainCaches(ZoneList list);

    /** The mobility of the request's pages, as a number. */
    int type(int gfp);

    /** The word of a request's block in use. */
    long wanted(int gfp, int order);
}
