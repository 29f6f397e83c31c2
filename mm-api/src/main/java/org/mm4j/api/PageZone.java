package org.mm4j.api;

/**
 * A zone as a page cache in front of it sees it. A <em>frame</em> is the zone's own number of a page frame, and names
 * the block that begins there.
 *
 * <pre>
 *             takeLocked                 claim                     freeLocked
 *    free ----------------> cached by slot s <---- in use     cached ------------> free
 *                                 |                 ^
 *                                 `-----------------'
 *                                       handOut
 * </pre>
 *
 * <p>In Linux 6.18: what mm/page_alloc.c does between pcp-&gt;lock and zone-&gt;lock: rmqueue_bulk(), free_pcppages_bulk().
 */
public interface PageZone {
    /** What {@link #takeLocked} and {@link #typeToCache} return when there is none. */
    int NONE = -1;

    /** Takes the zone lock. */
    void lock();

    /** Gives the zone lock back. */
    void unlock();

    /**
     * Takes a free block, for the cache of a slot. Needs the zone lock.
     *
     * @param flags the allocator's own flags, passed through by the cache
     * @param isFirst whether this is the first block under this hold of the lock
     * @return its frame, or {@link #NONE}
     */
    int takeLocked(int order, int type, int flags, boolean isFirst, int slot);

    /**
     * Frees a block that the cache of a slot has. Needs the zone lock.
     */
    void freeLocked(int frame, int order, int slot);

    /** The list for a block that is given back: its pageblock's type, MOVABLE for reserves; NONE: do not cache it. */
    int typeToCache(int frame);

    /**
     * From in use, with one reference, to cached by a slot. The caller is inside of that slot's section. Of several
     * threads that claim a block at the same time, one gets it.
     *
     * @return false when the block is not in use with this order and one reference: refuse or count down elsewhere
     */
    boolean claim(int frame, int order, int slot);

    /**
     * From cached by a slot to in use. The caller is inside of that slot's section.
     *
     * @param wanted the word of a block in use, with its order; passed through by the cache
     */
    void handOut(int frame, int slot, long wanted);

    /** The page frame number of a frame. */
    long pfn(int frame);

    /** Whether the zone is below its high watermark; then caches grow no more. Racy. */
    boolean isBelowHigh();

    /** Whether the zone is being reclaimed; then caches keep little. Racy. */
    boolean isReclaimActive();

    /** After blocks were given back: whether the zone is above its high watermark again is looked at. */
    void blocksCameBack();
}
